import { listReleases } from '../publish/releases.ts'
import { releaseLines } from '../publish/summary.ts'
import { stopSignal } from './abort.ts'
import { print, printJson } from './output.ts'
import type { Session } from './session.ts'

/** `vite-distill releases [target]`. Resolves to the exit code. */
export async function releasesCommand(session: Session, target: string | undefined): Promise<number> {
  const result = await listReleases(session.options, target, { signal: stopSignal() })
  if (session.json) printJson(result, session.redact)
  else print(releaseLines(result).map(session.redact))
  return 0
}
