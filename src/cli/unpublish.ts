import { tellCi } from '../ci/tell.ts'
import { removalLines, removedLines } from '../publish/summary.ts'
import { unpublish } from '../publish/unpublish.ts'
import type { UnpublishFlags } from '../publish/unpublish-result.ts'
import { print, printJson, say } from './output.ts'
import { contextOf } from './publish.ts'
import type { Session } from './session.ts'

/** `vite-distill unpublish <target>`. Resolves to the exit code. */
export async function unpublishCommand(
  session: Session,
  target: string,
  flags: UnpublishFlags,
): Promise<number> {
  const { options, json, quiet, redact } = session
  const result = await unpublish(options, target, flags, {
    ...contextOf(session),
    onPlan(changes, to) {
      if (!quiet) say(removalLines(changes, to).map(redact))
    },
  })
  if (json) printJson(result, redact)
  else if (!quiet) print(removedLines(result))
  const { plan: changes, notices } = result
  // They have places of their own in a report.
  const [headline, ...rest] = removedLines({ ...result, notices: [] })
  const lines = [headline!, ...rest.slice(result.dryRun ? changes.length : 0)]
  tellCi({ lines, changes, notices }, session)
  return 0
}
