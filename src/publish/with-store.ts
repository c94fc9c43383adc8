import { openBackend } from '../backends/open.ts'
import { refuseUnfit } from './plan/refuse.ts'
import type { PublishRun } from './run.ts'
import { StateObject } from './state/state-object.ts'
import { openStore } from './store/store.ts'
import { PublicSite } from './verify/public-site.ts'

/** What is opened of a target for one run. */
export type OpenedTarget = Pick<PublishRun, 'store' | 'stateObject' | 'publicSite' | 'siteToVerify'>

/**
 * Runs `work` with the storage and the public address of a target.
 * @param site `isPart`: only a few pages are published
 * @throws {DistillError} `SDK_MISSING`, or `OPTION_INVALID` for an option that the storage cannot do
 */
export async function withStore<T>(
  { name, target, root, flags, context }: Pick<PublishRun, 'name' | 'target' | 'root' | 'flags' | 'context'>,
  { base, isPart = false }: { base: string; isPart?: boolean },
  work: (opened: OpenedTarget) => Promise<T>,
): Promise<T> {
  const { signal, open = openBackend } = context
  const { concurrency } = flags
  const store = openStore(await open(target, root), target.prefix, { signal, concurrency })
  try {
    refuseUnfit(name, target, store)
    const { publicUrl, verifyTimeout: timeout, releases } = target
    const publicSite =
      publicUrl === undefined ? undefined : new PublicSite(publicUrl, base, { signal, timeout, concurrency })
    return await work({
      store,
      stateObject: new StateObject(store, { isPart, releases }),
      publicSite,
      siteToVerify: flags.skipVerify || flags.dryRun ? undefined : publicSite,
    })
  } finally {
    store.close()
  }
}
