import { isAbsolute, relative } from 'node:path'
import { messageOf, printable } from '../errors.ts'
import { bytes, number } from '../progress.ts'
import { planReport } from '../publish/report.ts'
import { cleanedPlan } from '../report/cleaned.ts'
import type { BuildReport, ReportPlan } from '../report/data.ts'
import { readPage, rewritePage } from '../report/page.ts'
import { portable } from '../report/portable.ts'
import { stopSignal } from './abort.ts'
import { print, printJson, say } from './output.ts'
import type { Session } from './session.ts'

export interface ReportFlags {
  /** Opens the page in the browser. */
  open?: boolean
}

/** `vite-distill report [target]`. Resolves to the exit code: also a plan that would be refused is a report. */
export async function reportCommand(
  session: Session,
  target: string | undefined,
  { open }: ReportFlags,
): Promise<number> {
  const { options, json, quiet, redact } = session
  const { reportFile } = options
  const report = readPage(reportFile)
  if (target !== undefined) {
    report.plan = await planOf(report, target, session)
    await rewritePage(reportFile, report)
  }
  if (json) printJson(report, redact)
  else if (!quiet)
    print([relative(process.cwd(), reportFile), ...(target === undefined ? [] : planLines(report.plan!))])
  if (open) await openPage(reportFile)
  return 0
}

/** What publishing the site would do, as it may leave this machine. */
async function planOf(
  { createdAt: shown }: BuildReport,
  target: string,
  { options, redact }: Session,
): Promise<ReportPlan> {
  const { plan, createdAt } = await planReport(options, target, { signal: stopSignal() })
  if (createdAt !== shown)
    plan.notices.push(`The plan is of the site of ${createdAt}. This report shows the build of ${shown}.`)
  // The folder of a target may be anywhere on this machine.
  const to = isAbsolute(plan.to) ? `${relative(options.root, plan.to)}/` : plan.to
  const clean = portable(options.root, redact)
  return cleanedPlan(plan, (text) => clean(text.replaceAll(plan.to, to)))
}

function planLines({ target, to, counts, bytes: size, notices, refused }: ReportPlan): string[] {
  const { upload, update, headers, delete: deletes, keep } = counts
  const words = Object.entries({ upload, update, headers, delete: deletes, keep })
    .filter(([, n]) => n > 0)
    .map(([action, n]) => `${action} ${number(n)}`)
  return [
    `\`${target}\` (${to}): ${words.join(', ') || 'nothing to publish'}; ${bytes(size)} to send`,
    ...(refused ? [`refused: ${refused.message}`] : []),
    ...notices,
  ].map(printable)
}

/** The page can be opened by hand as well. */
async function openPage(path: string): Promise<void> {
  try {
    const { default: open } = await import('open')
    await open(path)
  } catch (error) {
    say([`\`${path}\` could not be opened: ${messageOf(error)}`])
  }
}
