import type { Change } from './plan/plan.ts'
import type { Backend } from '../backends/backend.ts'
import type { Target } from '../options.ts'
import type { Progress } from '../progress.ts'

export interface PublishFlags {
  /** Only plan. */
  dryRun?: boolean
  /** Delete without asking. */
  yes?: boolean
  /** Don't look whether the public address serves what was published. */
  skipVerify?: boolean
  /** Which files to look at through the public address: those that changed, or all of the site. Default: `changed`. */
  verify?: 'changed' | 'all'
  /** Take what no publish wrote for the site's own: it is deleted where the site doesn't have it. */
  adopt?: boolean
  /** Publish even over what was built later. */
  allowOlder?: boolean
  /** Upload everything and delete nothing, without listing what is there. */
  ignoreRemoteContent?: boolean
  /** Leave assets alone, both those to upload and those to delete. */
  excludeAssets?: boolean
  /** How many deletes are not too many. Default: a quarter of the target, and at least 256. */
  maxDeletes?: number
  /** Requests at a time. Default: 32. */
  concurrency?: number
}

/** How a publish talks to whoever started it. */
export interface PublishContext {
  /** Asked to stop, it does so between two requests and throws `InterruptedError`. */
  signal?: AbortSignal
  progress?: (label: string, total?: number, bytes?: number) => Progress
  /** Told the changes before the first of them, if there are any. */
  onPlan?: (changes: readonly Change[], to: string) => void
  /** Asks whether to delete; missing where nobody is there to answer. */
  confirm?: (deletes: number, to: string) => Promise<boolean>
  /** Opens the storage of a target. */
  open?: (target: Target, root: string) => Promise<Backend>
  /** Milliseconds after which the lock of a publish that died may be taken over. Default: 60,000. */
  lease?: number
}
