import { stripVTControlCharacters } from 'node:util'
import { printable } from '../errors.ts'
import { count, number } from '../progress.ts'
import type { Change } from '../publish/change.ts'
import type { Failure, Report } from './report.ts'

/** The most rows, and the most characters, of the table of changes. */
const mostRows = 500
const mostTable = 200_000
/** The most characters of an error's message. */
const mostMessage = 20_000
/** The most notices or warnings. */
const mostItems = 50

/**
 * A report as GitHub Flavored Markdown, at most some 300 kB. Whatever a text holds, it is shown as text.
 * @param command As it is typed: `vite-distill publish`
 * @param redact Takes secrets out of a text
 */
export function toMarkdown(report: Report, command: string, redact: (text: string) => string): string {
  const { lines, url, changes = [], notices = [], warnings = [], failure } = report
  const plain = (text: string) => redact(stripVTControlCharacters(text))
  const [headline, ...facts] = lines.map((line) =>
    plain(line)
      .trim()
      .replace(/^[✓✗] /, ''),
  )
  const items = (texts: readonly string[]) => texts.map((text) => `- ${prose(text)}\n`).join('')
  const list = (title: string, texts: readonly string[]) => {
    const rest = texts.length - mostItems
    const more = rest > 0 ? [`and ${number(rest)} more`] : []
    return texts.length > 0 && `**${title}**\n\n${items([...texts.slice(0, mostItems).map(plain), ...more])}`
  }
  return [
    `### ${failure ? '❌' : '✅'} ${code(command)}${failure ? `: ${code(failure.code)}` : ''}\n`,
    failure && failureParts(failure, plain),
    headline !== undefined && `${prose(headline)}\n`,
    facts.length > 0 && items(facts),
    url !== undefined && `${link(plain(url))}\n`,
    list('Warnings', warnings),
    list('Notices', notices),
    changes.length > 0 && table(changes, plain),
  ]
    .filter((part) => typeof part === 'string')
    .join('\n')
    .concat('\n')
}

function failureParts({ message, hint }: Failure, plain: (text: string) => string): string {
  const [first = '', ...rest] = plain(message).split(/\r?\n/)
  const shown = rest.map(printable).join('\n')
  const cut = shown.length > mostMessage ? `${shown.slice(0, mostMessage)}…` : shown
  return [
    `${prose(first.slice(0, mostMessage))}\n`,
    ...(cut.trim() === '' ? [] : [`<pre>${entities(cut)}</pre>\n`]),
    ...(hint === undefined ? [] : [`${prose(plain(hint))}\n`]),
  ].join('\n')
}

/** Deletes come first: they matter most if the rest is cut. */
function table(changes: readonly Change[], plain: (text: string) => string): string {
  const isDelete = ({ action }: Change) => action === 'delete'
  const ordered = [...changes.filter(isDelete), ...changes.filter((change) => !isDelete(change))]
  const rows: string[] = []
  let size = 0
  for (const { key, action, reason } of ordered.slice(0, mostRows)) {
    const row = `| ${code(plain(key))} | ${action} | ${reason} |\n`
    size += row.length
    if (size > mostTable) break
    rows.push(row)
  }
  const rest = changes.length - rows.length
  return [
    `<details><summary>${count(changes.length, 'change')}</summary>\n`,
    `| Key | Action | Reason |\n| --- | --- | --- |\n${rows.join('')}`,
    ...(rest > 0 ? [`and ${number(rest)} more, which \`--json\` lists\n`] : []),
    '</details>\n',
  ].join('\n')
}

/** A text in which backticks quote code, as in every message. */
function prose(text: string): string {
  const parts = text.split('`')
  // Without its pair, a backtick is a character like others.
  if (parts.length % 2 === 0) return entities(oneLine(text))
  return parts.map((part, i) => (i % 2 === 0 ? entities(oneLine(part)) : code(part))).join('')
}

/** A code span or, where one could end early or split a cell of a table, the same in HTML. */
function code(text: string): string {
  const line = printable(text)
  return /[`|\\]|^\s|\s$|^$/.test(line) ? `<code>${entities(line)}</code>` : `\`${line}\``
}

const link = (url: string): string => (/^https?:\/\/[^\s<>]+$/.test(url) ? `<${url}>` : prose(url))

const oneLine = (text: string): string => printable(text.replace(/\s*\r?\n\s*/g, ' '))

/** Replaces all that means something in Markdown or HTML by entities, which mean just the character. */
const entities = (text: string): string =>
  text.replace(/[&<>"'`|\\*_~[\]!#$@]/g, (character) => `&#${character.charCodeAt(0)};`)
