import type { Change } from './plan/plan.ts'
import type { Backend } from '../backends/backend.ts'
import type { Target } from '../options.ts'
import type { Progress } from '../progress.ts'

export interface PublishFlags {
  /** Plan and change nothing. */
  dryRun?: boolean
  /** Delete without asking. */
  yes?: boolean
  /** Check nothing through the public address. */
  skipVerify?: boolean
  /** Which files to check through the public address: those that changed, or all of the site. Default: `changed`. */
  verify?: 'changed' | 'all'
  /** Treat unmanaged objects as the site's own: those that the site does not have are deleted. */
  adopt?: boolean
  /** Publish even if the target holds a later build. */
  allowOlder?: boolean
  /** Upload everything and delete nothing, without listing the target. */
  ignoreRemoteContent?: boolean
  /** Neither upload nor delete assets. */
  excludeAssets?: boolean
  /** Refuse to delete more objects than this. Default: a quarter of the target, and at least 256. */
  maxDeletes?: number
  /** Requests at a time. Default: 32. */
  concurrency?: number
}

/** How a publish talks to its caller. */
export interface PublishContext {
  /** Aborts the publish: it stops between two requests and throws `InterruptedError`. */
  signal?: AbortSignal
  /** Makes the progress of one step. `total` counts things, `bytes` is their size; undefined where unknown. */
  progress?: (label: string, total?: number, bytes?: number) => Progress
  /** Called with the changes before the first of them, if there are any. */
  onPlan?: (changes: readonly Change[], to: string) => void
  /** Resolves to whether to delete so many objects. Without it, deletes need `yes`. */
  confirm?: (deletes: number, to: string) => Promise<boolean>
  /** Opens the storage of a target. */
  open?: (target: Target, root: string) => Promise<Backend>
  /** Milliseconds after which the lock of a publish that died may be taken over. Default: 60,000. */
  lease?: number
}
