import type { Backend } from '../backends/backend.ts'
import type { Target } from '../options.ts'
import type { Progress } from '../progress.ts'
import type { Change } from './change.ts'

export interface PublishFlags {
  /** Only plan, change nothing. Default: false. */
  dryRun?: boolean
  /** Delete, and overwrite unmanaged objects, without asking. Default: false. */
  yes?: boolean
  /** Do not fetch through the public address what was published. Default: false. */
  skipVerify?: boolean
  /** Which files to fetch through the public address: those that changed, or all of the site. Default: `changed`. */
  verify?: 'changed' | 'all'
  /** Treat unmanaged objects in the target as the site's own: those that the site does not have are deleted. Default: false. */
  adopt?: boolean
  /** Publish even if the target holds a site that was built later. Default: false. */
  allowOlder?: boolean
  /** Upload everything and delete nothing, without listing the target. Default: false. */
  ignoreRemoteContent?: boolean
  /** Neither upload nor delete assets. Default: false. */
  excludeAssets?: boolean
  /**
   * The most deletes that are allowed. Default: a quarter of what earlier publishes wrote, and at least 256; of its
   * pages, a quarter, and at least 5.
   */
  maxDeletes?: number
  /** Publish only the pages whose path matches one of these globs (`posts/*`), and leave all else as it is. Default: all. */
  only?: readonly string[]
  /** The most requests at a time. Default: 128. */
  concurrency?: number
  /** The most seconds to wait for another publish to the target to end; `true` for no limit. Default: 0. */
  wait?: number | true
}

/** What a publish calls to report and to ask, and how it is stopped. */
export interface PublishContext {
  /** Aborting it stops the publish between two requests, with an `InterruptedError`. */
  signal?: AbortSignal
  /** Makes the progress of one step. `total` counts things, `bytes` is their size; undefined where unknown. */
  progress?: (label: string, total?: number, bytes?: number) => Progress
  /** Called with all changes before the first of them is made, if there are any. */
  onPlan?: (changes: readonly Change[], to: string) => void
  /**
   * Asks whether to delete so many objects, and to overwrite so many unmanaged ones. Leave it out where nobody can
   * answer.
   */
  confirm?: (deletes: number, to: string, overwrites: number) => Promise<boolean>
  /** Called if the lock of another publish is waited for: whose, and how long. */
  onWait?: (why: string) => void
  /** Publish only the pages with these keys, and leave all else as it is. Default: all. */
  pages?: readonly string[]
  /** Opens the storage of a target. */
  open?: (target: Target, root: string) => Promise<Backend>
  /** Milliseconds after which the lock of a publish that died may be taken over. Default: 60,000. */
  lease?: number
}
