import type { ESTree } from 'vite'
import type { Change, Edit } from './edit.ts'
import { refused } from './refused.ts'
import { indentAt, isNamed, parseSource, type Source } from './source.ts'

/** What `package.json` says that matters here. */
export interface PackageJson {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  scripts?: Record<string, string>
}

/** @throws {DistillError} `INIT_REFUSED` if it is no JSON object */
export function readPackageJson(text: string): PackageJson {
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof content === 'object' && content !== null) return content
  } catch {
    // Told below.
  }
  throw refused('`package.json` is no JSON object', 'Correct it, and run this again.')
}

/** Adds a development dependency, in its place by the alphabet, where none of that name is there. */
export function addDevDependency(text: string, name: string, range: string): Change {
  const { dependencies, devDependencies } = readPackageJson(text)
  const change = { path: 'package.json', before: text }
  if (Object.hasOwn({ ...dependencies, ...devDependencies }, name)) return { ...change, edits: [] }
  return { ...change, edits: [insert(text, name, range)] }
}

function insert(text: string, name: string, range: string): Edit {
  // JSON in parentheses is JavaScript.
  const source = parseSource('package.json.js', `(${text.replace(/^\uFEFF/, ' ')})`)
  const root = rootOf(source)
  const line = `${JSON.stringify(name)}: ${JSON.stringify(range)}`
  const list = root.properties.find(isNamed('devDependencies'))?.value
  const edit =
    list?.type === 'ObjectExpression' && list.properties.length > 0
      ? addSorted(source, list, name, line)
      : list
        ? { at: list.start, until: list.end, text: objectOf(source, root, line) }
        : addLast(source, root, `"devDependencies": ${objectOf(source, root, line)}`)
  return { ...edit, at: edit.at - 1, ...(edit.until !== undefined && { until: edit.until - 1 }) }
}

function rootOf({ program }: Source): ESTree.ObjectExpression {
  const [statement] = program.body
  const expression = statement?.type === 'ExpressionStatement' ? statement.expression : undefined
  const inner = expression?.type === 'ParenthesizedExpression' ? expression.expression : expression
  if (inner?.type === 'ObjectExpression') return inner
  throw refused('`package.json` is no JSON object', 'Correct it, and run this again.')
}

/** What stands between two properties of an object: a line's end and an indent, or a blank. */
function between({ text, eol }: Source, { properties: [first] }: ESTree.ObjectExpression): string {
  if (!first) return `${eol}  `
  const start = text.lastIndexOf('\n', first.start) + 1
  return /\S/.test(text.slice(start, first.start)) ? ' ' : `${eol}${indentAt(text, first.start)}`
}

function addSorted(source: Source, list: ESTree.ObjectExpression, name: string, line: string): Edit {
  const gap = between(source, list)
  const next = list.properties.find(
    (property) =>
      property.type === 'Property' &&
      property.key.type === 'Literal' &&
      String(property.key.value).localeCompare(name, 'en') > 0,
  )
  return next ? { at: next.start, text: `${line},${gap}` } : addLast(source, list, line)
}

function addLast(source: Source, object: ESTree.ObjectExpression, line: string): Edit {
  const last = object.properties.at(-1)
  const gap = between(source, object)
  return last
    ? { at: last.end, text: `,${gap}${line}` }
    : { at: object.start, until: object.end, text: `{${gap}${line}${source.eol}}` }
}

/** An object with one property, as a value of the root. */
function objectOf(source: Source, root: ESTree.ObjectExpression, line: string): string {
  const gap = between(source, root)
  const deeper = gap === ' ' ? '' : gap + gap.replace(/[\r\n]/g, '')
  return gap === ' ' ? `{ ${line} }` : `{${deeper}${line}${gap}}`
}
