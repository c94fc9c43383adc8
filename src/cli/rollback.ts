import { rollback, type RollbackFlags } from '../publish/rollback.ts'
import { planLines } from '../publish/summary.ts'
import { say } from './output.ts'
import { contextOf, tellPublish } from './publish.ts'
import type { Session } from './session.ts'

/** `vite-distill rollback [target] [release]`, or `rollback 3` for the default target. Resolves to the exit code. */
export async function rollbackCommand(
  session: Session,
  target: string | undefined,
  release: number | undefined,
  flags: RollbackFlags,
): Promise<number> {
  const { options } = session
  const isRelease =
    release === undefined && /^\d+$/.test(target ?? '') && !Object.hasOwn(options.publish, target!)
  const [name, asked] = isRelease ? [undefined, Number(target)] : [target, release]
  const result = await rollback(options, name, asked, flags, {
    ...contextOf(session),
    onPlan(changes, to) {
      if (!session.quiet) say(planLines(changes, to, 'Rolling back').map(session.redact))
    },
  })
  return tellPublish(result, session)
}
