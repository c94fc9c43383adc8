import { mergeShards } from '../render/shards/merge.ts'
import { plannedApp } from './built-app.ts'
import { tellDistilled } from './render.ts'
import type { Session } from './session.ts'

/**
 * `vite-distill merge`. Resolves to the exit code.
 * @param files Those of the shards; none for those beside the plan
 */
export async function mergeCommand(session: Session, files: readonly string[]): Promise<number> {
  const app = await plannedApp(session)
  return tellDistilled(await mergeShards({ ...app, files }), app, session)
}
