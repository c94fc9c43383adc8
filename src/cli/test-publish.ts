import { tellCi } from '../ci/tell.ts'
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
  const exitCode = result.error ? tellFailedResult(result.error, session) : 0
  const { steps, publicUrl: url, notices, error: failure } = result
  const [headline = '', ...rest] = testSummaryLines({ ...result, notices: [] })
  tellCi({ lines: [headline, ...steps.map(stepLine), ...rest], url, notices, failure }, session)
  return exitCode
}
