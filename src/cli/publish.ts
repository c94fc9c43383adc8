import { DistillError } from '../errors.ts'
import { createProgress } from '../progress.ts'
import type { PublishContext } from '../publish/options.ts'
import { publish } from '../publish/publish.ts'
import type { PlainError } from '../publish/result.ts'
import { planLines, stepLine, summaryLines, testSummaryLines, unlockLine } from '../publish/summary.ts'
import { testPublish } from '../publish/test-publish.ts'
import { unlockTarget } from '../publish/unlock.ts'
import { print, printJson, say, sayFailure } from './output.ts'
import type { GlobalFlags, Session } from './session.ts'
import { stopSignal } from './abort.ts'
import { contradicting, oneOf, wholeNumber } from './usage.ts'

export interface PublishCommandFlags extends GlobalFlags {
  yes?: boolean
  dryRun?: boolean
  skipVerify?: boolean
  verify?: unknown
  adopt?: boolean
  allowOlder?: boolean
  ignoreRemoteContent?: boolean
  excludeAssets?: boolean
  maxDeletes?: unknown
  concurrency?: unknown
}

/** `vite-distill publish [target]`. Resolves to the code to exit with. */
export async function publishCommand(
  session: Session,
  target: string | undefined,
  flags: PublishCommandFlags,
): Promise<number> {
  const { yes, dryRun, skipVerify, ignoreRemoteContent, excludeAssets, adopt, allowOlder } = flags
  const verify = oneOf('--verify', flags.verify, ['changed', 'all'])
  if (skipVerify && verify) throw contradicting('--skip-verify', '--verify')
  if (adopt && ignoreRemoteContent) throw contradicting('--adopt', '--ignore-remote-content')
  const maxDeletes = wholeNumber('--max-deletes', flags.maxDeletes, 0)
  const concurrency = wholeNumber('--concurrency', flags.concurrency, 1)
  const options = await session.loadOptions()
  const result = await publish(
    options,
    target,
    {
      yes,
      dryRun,
      skipVerify,
      verify,
      adopt,
      allowOlder,
      ignoreRemoteContent,
      excludeAssets,
      maxDeletes,
      concurrency,
    },
    contextOf(session),
  )
  if (session.json) printJson(result)
  else if (!session.quiet) print(summaryLines(result))
  return result.refused ? failed(result.refused, session) : 0
}

/** `vite-distill test-publish [target]`. Resolves to the code to exit with. */
export async function testPublishCommand(session: Session, target: string | undefined): Promise<number> {
  const options = await session.loadOptions()
  const result = await testPublish(options, target, {
    signal: stopSignal(),
    ...(!session.quiet && { onStep: (step) => say([stepLine(step)]) }),
  })
  if (session.json) printJson(result)
  else if (!session.quiet) print(testSummaryLines(result))
  return result.error ? failed(result.error, session) : 0
}

/** `vite-distill unlock [target]`. Resolves to the code to exit with. */
export async function unlockCommand(session: Session, target: string | undefined): Promise<number> {
  const result = await unlockTarget(await session.loadOptions(), target, { signal: stopSignal() })
  if (session.json) printJson(result)
  else if (!session.quiet) print([unlockLine(result)].map(session.redact))
  return 0
}

/** A failure that is part of a result. */
function failed({ code, message, hint }: PlainError, session: Session): number {
  if (!session.silent) sayFailure(message, hint, session)
  return new DistillError(code, message).exitCode
}

function contextOf({ quiet, redact }: Session): PublishContext {
  return {
    signal: stopSignal(),
    progress: (label, total, bytes) =>
      createProgress({ label, quiet, ...(total !== undefined && { total }), ...(bytes && { bytes }) }),
    onPlan(changes, to) {
      if (!quiet) say(planLines(changes, to).map(redact))
    },
    // A question is asked only where somebody can both read and answer it.
    ...(process.stdin.isTTY && process.stderr.isTTY && { confirm }),
  }
}

async function confirm(deletes: number, to: string): Promise<boolean> {
  const { confirm: ask } = await import('@clack/prompts')
  const answer = await ask({
    message: `Delete ${deletes === 1 ? 'this object' : `these ${deletes} objects`} from ${to}?`,
    initialValue: false,
    output: process.stderr,
  })
  return answer === true
}
