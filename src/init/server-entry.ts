import { type ESTree, Visitor } from 'vite'
import type { Change, Edit } from './edit.ts'
import type { Framework } from './framework.ts'
import { refused } from './refused.ts'
import { addImport, isNamed, parseSource, type Source } from './source.ts'

const aboutRender = 'https://github.com/vite-distill/vite-distill/blob/main/docs/frameworks.md#renderurl'

/**
 * Completes the server entry of an app: with a list of pages, and with a default export where it exports `render`,
 * as in Vite's guide and templates.
 * @param template `index.html`; undefined where there is none
 * @throws {DistillError} `INIT_REFUSED` if the entry is not understood
 */
export function completeEntry(
  path: string,
  text: string,
  { framework, template }: { framework: Framework | undefined; template: string | undefined },
): Change {
  const change = { path, before: text }
  // It knows of vite-distill.
  if (/distill/.test(text)) return { ...change, edits: [] }
  const source = parseSource(path, text)
  const typed = /\.[cm]?tsx?$/.test(path)
  if (source.program.body.some(exportsDefault)) return { ...change, edits: [...pages(source, typed)] }
  const render = renderOf(source)
  const byHand = `Give it a default export with \`fetch(request)\`: ${aboutRender}`
  if (!render) throw refused(`\`${path}\` exports neither a default nor \`render\``, byHand)
  if (/Stream\b/.test(text) || !returnsHtml(render, source))
    throw refused(`what \`render\` in \`${path}\` returns is not understood`, byHand)
  if (!template?.includes('<!--app-html-->'))
    throw refused('`index.html` has no `<!--app-html-->`, where the page would go', byHand)
  return { ...change, edits: fetchOf(source, render, { typed, framework }) }
}

const exportsDefault = (statement: ESTree.Statement | ESTree.Directive): boolean =>
  statement.type === 'ExportDefaultDeclaration' ||
  (statement.type === 'ExportNamedDeclaration' &&
    statement.specifiers.some(
      ({ exported }) => exported.type === 'Identifier' && exported.name === 'default',
    ))

/** What is added to the end of a file, after a blank line. */
const atEnd = ({ text, eol }: Source, lines: string[]): Edit => ({
  at: text.length,
  text: `${text.endsWith('\n') ? '' : eol}${eol}${lines.join(eol)}${eol}`,
})

const listed = (typed: boolean) => [
  '/** The pages that `vite build` writes to files. */',
  `export const distillRoutes${typed ? ': DistillRoute[]' : ''} = [{ route: '/' }]`,
]

const typeImport = (source: Source, typed: boolean): Edit[] =>
  typed ? [addImport(source, 'type { DistillRoute }', 'vite-distill/app')] : []

const pages = (source: Source, typed: boolean): Edit[] => [
  ...typeImport(source, typed),
  atEnd(source, listed(typed)),
]

type Render = ESTree.Function | ESTree.ArrowFunctionExpression

/** The function that an entry exports as `render`. */
function renderOf({ program }: Source): Render | undefined {
  for (const statement of program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue
    const { declaration } = statement
    if (declaration?.type === 'FunctionDeclaration' && declaration.id?.name === 'render') return declaration
    if (declaration?.type !== 'VariableDeclaration') continue
    for (const { id, init } of declaration.declarations) {
      const isFunction = init?.type === 'ArrowFunctionExpression' || init?.type === 'FunctionExpression'
      if (id.type === 'Identifier' && id.name === 'render' && isFunction) return init
    }
  }
  return undefined
}

/** Whether it returns an object with `html`, or what another function returns. */
function returnsHtml({ body }: Render, { program }: Source): boolean {
  if (!body) return false
  if (body.type !== 'BlockStatement') return isHtml(body)
  const last = body.body.at(-1)
  let returns = 0
  new Visitor({
    ReturnStatement: ({ start, end }) => {
      if (start >= body.start && end <= body.end) returns++
    },
  }).visit(program)
  return returns === 1 && last?.type === 'ReturnStatement' && last.argument !== null && isHtml(last.argument)
}

function isHtml(node: ESTree.Expression): boolean {
  const value = node.type === 'ParenthesizedExpression' ? node.expression : node
  if (value.type === 'ObjectExpression') return value.properties.some(isNamed('html'))
  return value.type === 'CallExpression'
}

/** The lines of docs/frameworks.md for an app with `render(url)`. */
function fetchOf(
  source: Source,
  { params }: Render,
  { typed, framework }: { typed: boolean; framework: Framework | undefined },
): Edit[] {
  const isSolid = framework === 'solid'
  const rendered = `await render(${params.length > 0 ? 'pathname.slice(1) + search' : ''})`
  const reference = '/// <reference types="vite-distill/client" />'
  return [
    // A BOM stays first.
    ...(typed ? [{ at: source.text.startsWith('\uFEFF') ? 1 : 0, text: `${reference}${source.eol}` }] : []),
    addImport(source, 'template', 'virtual:distill/template'),
    ...typeImport(source, typed),
    ...(isSolid ? [addImport(source, '{ generateHydrationScript }', 'solid-js/web')] : []),
    atEnd(source, [
      '/** Answers a request with the page, in the template. */',
      `export default async function fetch(${params.length > 0 ? `request${typed ? ': Request' : ''}` : ''})${typed ? ': Promise<Response>' : ''} {`,
      ...(params.length > 0 ? ['  const { pathname, search } = new URL(request.url)'] : []),
      ...(isSolid
        ? [`  const { html } = ${rendered}`, '  const head = generateHydrationScript()']
        : [`  const { html, head = '' }${typed ? ': { html: string; head?: string }' : ''} = ${rendered}`]),
      "  const page = template.replace('<!--app-head-->', () => head).replace('<!--app-html-->', () => html)",
      "  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })",
      '}',
      '',
      ...listed(typed),
    ]),
  ]
}
