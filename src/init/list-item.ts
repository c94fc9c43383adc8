import type { ESTree } from 'vite'
import type { Edit } from './edit.ts'
import { indentAt, type Source, withoutComments } from './source.ts'

/** Adds an item at the end of an array literal, on a line of its own where the last one ends its line. */
export function addItem(source: Source, array: ESTree.ArrayExpression, item: string): Edit[] {
  const { text, eol } = source
  const last = array.elements.at(-1)
  if (!last) return [{ at: array.start + 1, text: item }]

  const rest = withoutComments(source, last.end, array.end - 1)
  const comma = rest.indexOf(',')
  const end = comma === -1 ? last.end : last.end + comma + 1
  const newline = rest.indexOf('\n', end - last.end)
  if (newline === -1)
    return comma === -1 ? [{ at: end, text: `, ${item}` }] : [{ at: end, text: ` ${item},` }]

  const endOfLine = last.end + newline - (text[last.end + newline - 1] === '\r' ? 1 : 0)
  const line = `${eol}${indentAt(text, last.start)}${item}`
  if (comma !== -1) return [{ at: endOfLine, text: `${line},` }]
  return endOfLine === end
    ? [{ at: end, text: `,${line}` }]
    : [
        { at: end, text: ',' },
        { at: endOfLine, text: line },
      ]
}
