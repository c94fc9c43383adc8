import type { ESTree } from 'vite'
import type { Edit } from './edit.ts'
import type { Framework } from './framework.ts'
import { importsOf, type Source } from './source.ts'

/** How a client shows its app, and how it takes over a page that a server rendered. */
export interface Mount {
  /** The id of the element that the app is in. */
  id: string
  /** The `import` of the component. */
  component: ESTree.ImportDeclaration
  /** The JSX that is shown, in React. */
  jsx?: string
  /** What makes the client hydrate. */
  edits: Edit[]
}

/** For each framework: the function that mounts an app, the one that hydrates it, and where both come from. */
const functions: Record<Framework, { mounts: string; hydrates: string; from: string }> = {
  vue: { mounts: 'createApp', hydrates: 'createSSRApp', from: 'vue' },
  react: { mounts: 'createRoot', hydrates: 'hydrateRoot', from: 'react-dom/client' },
  svelte: { mounts: 'mount', hydrates: 'hydrate', from: 'svelte' },
  solid: { mounts: 'render', hydrates: 'hydrate', from: 'solid-js/web' },
}

/** Reads a client entry that does nothing but show `App`. Returns nothing if it does anything else. */
export function readMount(source: Source, framework: Framework): Mount | undefined {
  const { mounts, hydrates, from } = functions[framework]
  const component = importsOf(source).find(({ specifiers }) => specifiers.some(isApp))
  const imported = importsOf(source)
    .filter((statement) => statement.source.value === from)
    .flatMap(({ specifiers }) => specifiers)
  const rest = source.program.body.filter((statement) => !isImport(statement) && !isDefaultExport(statement))
  const elements = new Map(rest.flatMap(elementOf))
  const [statement, ...others] = rest.filter((statement) => elementOf(statement).length === 0)
  const call = statement && others.length === 0 ? callOf(statement) : undefined
  if (!component || !call) return undefined
  const shown = shownBy(framework, call, source, elements)
  const names = shown && namesOf(shown.callee, mounts, imported)
  if (!shown || !names) return undefined
  const renamed = names.map(({ start, end }) => ({ at: start, until: end, text: hydrates }))
  return { component, id: shown.id, jsx: shown.jsx, edits: [...renamed, ...(shown.edits ?? [])] }
}

/** Where a function that is called is named: `createRoot` and its import, or `ReactDOM.createRoot`. */
function namesOf(
  callee: ESTree.Expression,
  name: string,
  imported: readonly ESTree.ImportDeclarationSpecifier[],
): ESTree.Span[] | undefined {
  const isMember = callee.type === 'MemberExpression'
  const called = isMember ? callee.property : callee
  const local = isMember ? callee.object : callee
  if (called.type !== 'Identifier' || called.name !== name || local.type !== 'Identifier') return undefined
  const specifier = imported.find((found) => found.local.name === local.name)
  if (!specifier) return undefined
  if (specifier.type !== 'ImportSpecifier') return isMember ? [called] : undefined
  const isItself = specifier.imported.type === 'Identifier' && specifier.imported.name === name
  return !isMember && isItself ? [specifier, called] : undefined
}

const isApp = ({ local }: ESTree.ImportDeclarationSpecifier) => local.name === 'App'

const isImport = ({ type }: ESTree.Node) => type === 'ImportDeclaration'

const isDefaultExport = (statement: ESTree.Node) =>
  statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'Identifier'

/** `const root = document.getElementById('root')`. */
function elementOf(statement: ESTree.Node): [name: string, id: string][] {
  if (statement.type !== 'VariableDeclaration') return []
  const [{ id, init } = {}, ...more] = statement.declarations
  const element = init ? elementId(init, new Map()) : undefined
  return id?.type === 'Identifier' && element !== undefined && more.length === 0 ? [[id.name, element]] : []
}

/** The id in `document.getElementById('root')!`, or of the constant that holds the element. */
function elementId(node: ESTree.Node, elements: ReadonlyMap<string, string>): string | undefined {
  if (node.type === 'TSNonNullExpression' || node.type === 'TSAsExpression')
    return elementId(node.expression, elements)
  if (node.type === 'Identifier') return elements.get(node.name)
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined
  const { property } = node.callee
  const [id] = node.arguments
  const name = property.type === 'Identifier' ? property.name : undefined
  if (id?.type !== 'Literal' || typeof id.value !== 'string') return undefined
  if (name === 'getElementById') return id.value
  return name === 'querySelector' && /^#[\w-]+$/.test(id.value) ? id.value.slice(1) : undefined
}

/** The call that a statement is, or whose result it keeps. */
function callOf(statement: ESTree.Node): ESTree.CallExpression | undefined {
  const expression =
    statement.type === 'ExpressionStatement'
      ? statement.expression
      : statement.type === 'VariableDeclaration' && statement.declarations.length === 1
        ? statement.declarations[0]!.init
        : undefined
  return expression?.type === 'CallExpression' ? expression : undefined
}

interface Shown {
  callee: ESTree.Expression
  id: string
  jsx?: string
  edits?: Edit[]
}

function shownBy(
  framework: Framework,
  call: ESTree.CallExpression,
  source: Source,
  elements: ReadonlyMap<string, string>,
): Shown | undefined {
  const [first, second, ...more] = call.arguments
  if (!first || more.length > 0) return undefined
  if (framework === 'svelte' || framework === 'solid') {
    const shows = framework === 'svelte' ? isNameOfApp(first) : isFunctionOfApp(first)
    const target = framework === 'svelte' ? targetOf(second) : second
    const id = target && elementId(target, elements)
    return shows && id !== undefined ? { callee: call.callee, id } : undefined
  }
  // `createApp(App).mount('#app')`, `createRoot(element).render(<App />)`
  const { callee } = call
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'CallExpression' || second)
    return undefined
  const method = callee.property.type === 'Identifier' ? callee.property.name : undefined
  const [inner, ...options] = callee.object.arguments
  if (!inner || options.length > 0) return undefined
  if (framework === 'vue') {
    const selector = first.type === 'Literal' && typeof first.value === 'string' ? first.value : ''
    return method === 'mount' && isNameOfApp(inner) && /^#[\w-]+$/.test(selector)
      ? { callee: callee.object.callee, id: selector.slice(1) }
      : undefined
  }
  const id = elementId(inner, elements)
  if (method !== 'render' || id === undefined || !isJsxOfApp(first)) return undefined
  const [, space] = /\((\s*)$/.exec(source.text.slice(inner.end, first.start)) ?? []
  if (space === undefined) return undefined
  return {
    callee: callee.object.callee,
    id,
    jsx: source.text.slice(first.start, first.end),
    edits: [
      // What is shown is on a line of its own: so is the element then.
      ...(space ? [{ at: inner.start, text: space }] : []),
      { at: inner.end, until: first.start, text: `,${space || ' '}` },
    ],
  }
}

const isNameOfApp = (node: ESTree.Node) => node.type === 'Identifier' && node.name === 'App'

const isFunctionOfApp = (node: ESTree.Node) =>
  node.type === 'ArrowFunctionExpression' && node.params.length === 0 && isJsxOfApp(node.body)

/** The `target` of options that have nothing else. */
function targetOf(node: ESTree.Node | undefined): ESTree.Node | undefined {
  if (node?.type !== 'ObjectExpression' || node.properties.length !== 1) return undefined
  const [property] = node.properties
  return property?.type === 'Property' && property.key.type === 'Identifier' && property.key.name === 'target'
    ? property.value
    : undefined
}

/** `<App />`, alone or in `<StrictMode>`. */
function isJsxOfApp(node: ESTree.Node): boolean {
  if (node.type === 'ParenthesizedExpression') return isJsxOfApp(node.expression)
  if (node.type !== 'JSXElement' || node.openingElement.attributes.length > 0) return false
  const { name } = node.openingElement
  if (name.type === 'JSXIdentifier' && name.name === 'App') return node.children.length === 0
  const children = node.children.filter((child) => child.type !== 'JSXText' || child.value.trim() !== '')
  const wrapper = name.type === 'JSXMemberExpression' ? name.property : name
  return (
    wrapper.type === 'JSXIdentifier' &&
    wrapper.name === 'StrictMode' &&
    children.length === 1 &&
    isJsxOfApp(children[0]!)
  )
}
