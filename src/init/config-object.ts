import { type ESTree, Visitor } from 'vite'
import type { Source } from './source.ts'

/** Statements in which a name may be declared, the innermost first. */
type Scopes = readonly (readonly (ESTree.Statement | ESTree.Directive)[])[]

/** An expression, and where the names in it are declared. */
interface Found {
  node: ESTree.Expression
  scopes: Scopes
}

/**
 * The value of a property of the object literal that a Vite config exports, with the object itself.
 * `defineConfig(…)`, constants, types and a function that returns one thing are looked through.
 * @returns A text that says what is not understood, if something is not
 */
export function configObject(source: Source): { object: ESTree.ObjectExpression; scopes: Scopes } | string {
  const exported = source.program.body.find((statement) => statement.type === 'ExportDefaultDeclaration')
  if (!exported) {
    return /\bmodule\.exports\b|\brequire\(/.test(source.text)
      ? 'it is CommonJS, which cannot import an ES module'
      : 'it has no `export default`'
  }
  const { declaration } = exported
  const found =
    declaration.type === 'FunctionDeclaration'
      ? returned(declaration, [source.program.body], source)
      : isExpression(declaration)
        ? follow({ node: declaration, scopes: [source.program.body] }, source)
        : undefined
  if (found?.node.type !== 'ObjectExpression')
    return 'the export is more than an object literal, which may stand in `defineConfig()` or be what a function returns'
  return { object: found.node, scopes: found.scopes }
}

const isExpression = (node: ESTree.ExportDefaultDeclarationKind): node is ESTree.Expression =>
  !/Declaration$|^Class/.test(node.type)

/** What an expression is, behind names, types and calls of `defineConfig`. */
function follow(found: Found, source: Source): Found | undefined {
  const inner = literal(found)
  const { node, scopes } = inner
  if (node.type === 'CallExpression') {
    const [argument, ...more] = node.arguments
    const isDefine = node.callee.type === 'Identifier' && node.callee.name === 'defineConfig'
    if (!isDefine || !argument || more.length > 0 || argument.type === 'SpreadElement') return undefined
    return follow({ node: argument, scopes }, source)
  }
  if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression')
    return returned(node, scopes, source)
  return inner
}

/** What a function returns, if it has one `return`. */
function returned(
  { body }: ESTree.Function | ESTree.ArrowFunctionExpression,
  scopes: Scopes,
  source: Source,
): Found | undefined {
  if (!body) return undefined
  if (body.type !== 'BlockStatement') return follow({ node: body, scopes }, source)
  const last = body.body.at(-1)
  if (last?.type !== 'ReturnStatement' || !last.argument || returnsIn(body, source) > 1) return undefined
  return follow({ node: last.argument, scopes: [body.body, ...scopes] }, source)
}

/** How many `return`s a function has, without those of the functions in it. */
function returnsIn(body: ESTree.FunctionBody, { program }: Source): number {
  const within = (node: ESTree.Span, outer: ESTree.Span) => node.start >= outer.start && node.end <= outer.end
  const returns: ESTree.Span[] = []
  const functions: ESTree.Span[] = []
  const take = (list: ESTree.Span[]) => (node: ESTree.Span) => {
    if (within(node, body)) list.push(node)
  }
  new Visitor({
    ReturnStatement: take(returns),
    FunctionDeclaration: take(functions),
    FunctionExpression: take(functions),
    ArrowFunctionExpression: take(functions),
  }).visit(program)
  return returns.filter((node) => !functions.some((outer) => within(node, outer))).length
}

/** An expression behind parentheses, types and the names of constants. */
export function literal({ node, scopes }: Found): Found {
  switch (node.type) {
    case 'ParenthesizedExpression':
    case 'TSSatisfiesExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return literal({ node: node.expression, scopes })
    case 'Identifier': {
      const constant = constantOf(node, scopes)
      return constant ? literal(constant) : { node, scopes }
    }
    default:
      return { node, scopes }
  }
}

/** The value of a `const` that is declared before it is named. */
function constantOf(name: ESTree.IdentifierReference, scopes: Scopes): Found | undefined {
  for (const [index, scope] of scopes.entries()) {
    for (const statement of scope) {
      if (statement.type !== 'VariableDeclaration' || statement.kind !== 'const') continue
      for (const { id, init, end } of statement.declarations) {
        if (id.type === 'Identifier' && id.name === name.name && init && end <= name.start)
          return { node: init, scopes: scopes.slice(index) }
      }
    }
  }
  return undefined
}
