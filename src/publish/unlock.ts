import { openBackend } from '../backends/open.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublishContext } from './options.ts'
import { unlock } from './state/lock-object.ts'
import { openStore } from './store/store.ts'
import { chooseTarget } from './target.ts'

/** The result of `unlock`, which `--json` prints. */
export interface UnlockResult {
  /** The name of the target. */
  target: string
  /** What it stands for: `s3://www.example.com/blog/`. */
  to: string
  /** The lock that was removed; `null` where there was none. */
  lock: { owner: string; since: string } | null
}

/**
 * Removes the lock of a target, which a publish that died has left.
 * @throws {DistillError} where the target cannot be read or written
 */
export async function unlockTarget(
  options: ResolvedOptions,
  targetName: string | undefined,
  { signal, open = openBackend }: Pick<PublishContext, 'signal' | 'open'> = {},
): Promise<UnlockResult> {
  const { name, target } = chooseTarget(options, targetName)
  const store = openStore(await open(target, options.root), target.prefix, { signal })
  try {
    const lock = await unlock(store)
    return { target: name, to: store.name, lock: lock ? { owner: lock.owner, since: lock.since } : null }
  } finally {
    store.close()
  }
}
