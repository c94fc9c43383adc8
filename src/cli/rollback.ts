import { rollback, type RollbackFlags } from '../publish/rollback.ts'
import { contextOf, tellPublish } from './publish.ts'
import type { Session } from './session.ts'

/** `vite-distill rollback [target] [release]`. Resolves to the exit code. */
export async function rollbackCommand(
  session: Session,
  target: string | undefined,
  release: number | undefined,
  flags: RollbackFlags,
): Promise<number> {
  return tellPublish(await rollback(session.options, target, release, flags, contextOf(session)), session)
}
