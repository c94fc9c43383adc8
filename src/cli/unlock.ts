import { unlockLine } from '../publish/summary.ts'
import { unlockTarget } from '../publish/unlock.ts'
import { stopSignal } from './abort.ts'
import { print, printJson } from './output.ts'
import type { Session } from './session.ts'

/** `vite-distill unlock [target]`. Resolves to the exit code. */
export async function unlockCommand(
  { options, json, quiet, redact }: Session,
  target: string | undefined,
): Promise<number> {
  const result = await unlockTarget(options, target, { signal: stopSignal() })
  if (json) printJson(result, redact)
  else if (!quiet) print([redact(unlockLine(result))])
  return 0
}
