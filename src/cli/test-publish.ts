import { stepLine, testSummaryLines } from '../publish/summary.ts'
import { testPublish } from '../publish/test-publish.ts'
import { stopSignal } from './abort.ts'
import { print, printJson, say, tellFailedResult } from './output.ts'
import type { Session } from './session.ts'

/** `vite-distill test-publish [target]`. Resolves to the exit code. */
export async function testPublishCommand(session: Session, target: string | undefined): Promise<number> {
  const { options, json, quiet } = session
  const result = await testPublish(options, target, {
    signal: stopSignal(),
    onStep: quiet ? undefined : (step) => say([stepLine(step)]),
  })
  if (json) printJson(result, session.redact)
  else if (!quiet) print(testSummaryLines(result))
  return result.error ? tellFailedResult(result.error, session) : 0
}
