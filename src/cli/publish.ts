import { stripVTControlCharacters } from 'node:util'
import type { Report } from '../ci/report.ts'
import { tellCi } from '../ci/tell.ts'
import { createProgress } from '../progress.ts'
import type { PublishContext, PublishFlags } from '../publish/options.ts'
import { publish } from '../publish/publish.ts'
import type { PublishResult } from '../publish/result.ts'
import { planLines, summaryLines } from '../publish/summary.ts'
import { stopSignal } from './abort.ts'
import { print, printJson, say, tellFailedResult } from './output.ts'
import type { Session } from './session.ts'

/** `vite-distill publish [target]`. Resolves to the exit code. */
export async function publishCommand(
  session: Session,
  target: string | undefined,
  flags: PublishFlags,
): Promise<number> {
  return tellPublish(await publish(session.options, target, flags, contextOf(session)), session)
}

/** Tells the result of a publish or of a rollback. Returns the exit code. */
export function tellPublish(result: PublishResult, session: Session): number {
  if (session.json) printJson(result, session.redact)
  else if (!session.quiet) print(summaryLines(result))
  const exitCode = result.refused ? tellFailedResult(result.refused, session) : 0
  tellCi(publishReport(result), session)
  return exitCode
}

/** Changes, notices and the address have places of their own in a report. */
const publishReport = (result: PublishResult): Report => ({
  lines: summaryLines({ ...result, plan: [], notices: [] }).filter(
    (line) => stripVTControlCharacters(line).trim() !== result.publicUrl,
  ),
  url: result.publicUrl,
  changes: result.plan.filter(({ action }) => action !== 'keep'),
  notices: result.notices,
  failure: result.refused,
})

/** What a publish calls to report and to ask. */
export const contextOf = ({ quiet, redact }: Session): PublishContext => ({
  signal: stopSignal(),
  progress: (label, total, bytes) => createProgress({ label, quiet, total, bytes }),
  onPlan(changes, to) {
    if (!quiet) say(planLines(changes, to).map(redact))
  },
  onWait(why) {
    if (!quiet) say([redact(why)])
  },
  // The question is printed on stderr and answered on stdin: both must be a terminal.
  confirm: process.stdin.isTTY && process.stderr.isTTY ? confirm : undefined,
})

async function confirm(deletes: number, to: string, overwrites: number): Promise<boolean> {
  const { confirm: ask } = await import('@clack/prompts')
  const answer = await ask({
    message: questionFor(deletes, to, overwrites),
    initialValue: false,
    output: process.stderr,
  })
  // Ctrl-C answers with a symbol.
  return answer === true
}

function questionFor(deletes: number, to: string, overwrites: number): string {
  const these = (count: number, what: string) => (count === 1 ? `this ${what}` : `these ${count} ${what}s`)
  if (overwrites === 0) return `Delete ${these(deletes, 'object')} from ${to}?`
  const overwrite = `verwrite ${these(overwrites, 'unmanaged object')} in ${to}?`
  return deletes === 0 ? `O${overwrite}` : `Delete ${these(deletes, 'object')} and o${overwrite}`
}
