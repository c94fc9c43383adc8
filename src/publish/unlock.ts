import { openBackend } from '../backends/open.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublishContext } from './options.ts'
import { unlock } from './state/lock.ts'
import { Store } from './store/store.ts'
import { chooseTarget } from './target.ts'

/** What `unlock` found; what `--json` prints. */
export interface UnlockResult {
  target: string
  to: string
  /** What the lock said that was removed; `null` where there was none. */
  lock: { holder: string; since: string } | null
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
  const store = new Store(await open(target, options.root), target.prefix, { signal })
  try {
    const lock = await unlock(store)
    return {
      target: name,
      to: store.name,
      lock: lock ? { holder: lock.holder, since: lock.since } : null,
    }
  } finally {
    store.close()
  }
}
