import { printable } from '../errors.ts'
import { count, number } from '../progress.ts'
import type { Change } from '../publish/change.ts'

/** A log of GitLab ends after 4 MB by default. */
const mostLines = 1000

/**
 * Changes as a section of a job's log, collapsed at first.
 * https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
 */
export function collapsedSection(
  changes: readonly Change[],
  command: string,
  redact: (text: string) => string,
): string[] {
  const name = command.replace(/\W/g, '_')
  const marker = (kind: 'start' | 'end', options = '') =>
    `\u001B[0Ksection_${kind}:${Math.floor(Date.now() / 1000)}:${name}${options}\r\u001B[0K`
  const rest = changes.length - mostLines
  return [
    `${marker('start', '[collapsed=true]')}${command}: ${count(changes.length, 'change')}`,
    ...changes
      .slice(0, mostLines)
      .map(({ key, action, reason }) => `${action} ${printable(redact(key))} (${reason})`),
    ...(rest > 0 ? [`and ${number(rest)} more`] : []),
    marker('end'),
  ]
}
