import { type ESTree, type ParseResult, parseSync } from 'vite'
import type { Edit } from './edit.ts'
import { refused } from './refused.ts'

/** A file of the app, as text and as a syntax tree whose positions are those of the text. */
export interface Source {
  /** From the root, for messages. */
  path: string
  text: string
  program: ESTree.Program
  comments: ParseResult['comments']
  /** What ends a line of the file. */
  eol: string
}

/** @throws {DistillError} `INIT_REFUSED` if it is no JavaScript or TypeScript */
export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text)
  const [error] = errors
  if (error)
    throw refused(`\`${path}\` cannot be parsed: ${error.message}`, 'Correct it, and run this again.')
  return { path, text, program, comments, eol: text.includes('\r\n') ? '\r\n' : '\n' }
}

export const importsOf = ({ program }: Source): ESTree.ImportDeclaration[] =>
  program.body.filter((statement) => statement.type === 'ImportDeclaration')

/** Whether a property of an object literal has this name. */
export const isNamed =
  (name: string) =>
  (property: ESTree.ObjectPropertyKind): property is ESTree.ObjectProperty =>
    property.type === 'Property' &&
    !property.computed &&
    ((property.key.type === 'Identifier' && property.key.name === name) ||
      (property.key.type === 'Literal' && property.key.value === name))

/** The white space that the line of a position begins with. */
export function indentAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, position))![0]
}

/** An import on a line of its own, after the others and in their style. */
export function addImport(source: Source, what: string, from: string): Edit {
  const { text, eol } = source
  const last = importsOf(source).at(-1)
  const quote = last?.source.raw?.[0] ?? quoteIn(source)
  const semicolon = (last ? text[last.end - 1] === ';' : /;[ \t]*\r?$/m.test(text)) ? ';' : ''
  const line = `import ${what} from ${quote}${from}${quote}${semicolon}`
  if (last) return { at: endOfLine(source, last.end), text: `${eol}${line}` }
  return { at: afterPragmas(source), text: `${line}${eol}` }
}

/** The end of the line, if nothing but a comment follows there. */
function endOfLine(source: Source, position: number): number {
  const rest = withoutComments(source, position, source.text.length)
  const [blank] = /^[ \t]*(?=\r?\n)/.exec(rest) ?? ['']
  return position + blank.length
}

const quoteIn = (source: Source) =>
  /['"]/.exec(withoutComments(source, 0, source.text.length))?.[0] === '"' ? '"' : "'"

/** A part of the text with blanks in place of comments. */
export function withoutComments({ text, comments }: Source, start: number, end: number): string {
  let part = text.slice(start, end)
  for (const comment of comments) {
    if (comment.start < start || comment.end > end) continue
    const blanks = ' '.repeat(comment.end - comment.start)
    part = part.slice(0, comment.start - start) + blanks + part.slice(comment.end - start)
  }
  return part
}

/** The start of the line after what must stay at the top of a file: `#!`, `// @ts-check`, `/// <reference`. */
function afterPragmas({ text, program, comments }: Source): number {
  const first = program.body[0]?.start ?? text.length
  const pragmas = comments.filter(({ value, end }) => end <= first && /^\/|^\s*@ts-/.test(value))
  const end = Math.max(0, program.hashbang?.end ?? 0, ...pragmas.map((pragma) => pragma.end))
  if (end === 0) return text.startsWith('\uFEFF') ? 1 : 0
  const newline = text.indexOf('\n', end)
  return newline === -1 ? text.length : newline + 1
}
