import { appendFileSync, statSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { messageOf, printable } from '../errors.ts'
import { number } from '../progress.ts'
import type { Failure, Finding, Report } from './report.ts'

/** GitHub shows so many annotations of each kind for a step. */
const mostAnnotations = 10
/** Characters of an annotation's message. GitHub takes 64 KiB. */
const mostMessage = 4000
/** Bytes of a step's summary. GitHub takes none of a longer one. */
const mostSummary = 1024 * 1024

/**
 * The workflow commands that annotate a step with a report: errors for its failure, and its warnings and notices.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 * @param workspace The checked-out repository: only files in it can be annotated
 */
export function annotations(
  { failure, warnings = [], notices = [] }: Pick<Report, 'failure' | 'warnings' | 'notices'>,
  command: string,
  { workspace, redact }: { workspace: string; redact: (text: string) => string },
): string[] {
  const lines = (kind: 'error' | 'warning' | 'notice', title: string, findings: readonly Finding[]) =>
    limited(findings).map(({ message, file, line, column }) => {
      const path = file === undefined ? undefined : relative(workspace, file)
      const place =
        path === undefined || path.startsWith('..') || isAbsolute(path)
          ? {}
          : { file: path.split(sep).join('/'), line, col: column }
      return workflowCommand(kind, { title, ...place }, cleaned(message, redact))
    })
  const plain = (texts: readonly string[]) => texts.map((message) => ({ message }))
  return [
    ...(failure ? lines('error', `${command}: ${failure.code}`, failureFindings(failure)) : []),
    ...lines('warning', command, plain(warnings)),
    ...lines('notice', command, plain(notices)),
  ]
}

/** The failure itself, then what it is made of. Its whole message only where nothing else tells the details. */
function failureFindings({ message, hint, findings = [] }: Failure): Finding[] {
  const text = findings.length > 0 ? message.split('\n', 1)[0]! : message
  return [{ message: hint === undefined ? text : `${text}\n${hint}` }, ...findings]
}

function limited(findings: readonly Finding[]): Finding[] {
  if (findings.length <= mostAnnotations) return [...findings]
  const shown = findings.slice(0, mostAnnotations - 1)
  return [...shown, { message: `and ${number(findings.length - shown.length)} more` }]
}

const cleaned = (text: string, redact: (text: string) => string): string =>
  redact(stripVTControlCharacters(text)).slice(0, mostMessage).split(/\r?\n/).map(printable).join('\n')

/** A workflow command. Nothing in its properties or its message can end it or begin another one. */
function workflowCommand(
  name: string,
  properties: Record<string, string | number | undefined>,
  message: string,
): string {
  const given = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => `${key}=${escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
    )
  return `::${name} ${given.join(',')}::${escapeData(message)}`
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/**
 * Appends Markdown to the summary of the step.
 * @returns why it could not, if it could not
 */
export function appendSummary(file: string, markdown: string): string | undefined {
  try {
    const size = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) + Buffer.byteLength(markdown)
    if (size > mostSummary) return 'it would be longer than the 1 MiB that GitHub takes'
    appendFileSync(file, markdown)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
