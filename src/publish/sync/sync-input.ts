import type { Progress } from '../../progress.ts'
import type { Plan } from '../plan/plan.ts'
import type { Purge } from '../purge/purge.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { WriteContent } from '../site/write-content.ts'
import type { HeadersByHash } from '../state/range.ts'
import type { Store } from '../store/store.ts'
import type { Comparison } from '../verify/difference.ts'
import type { PublicSite } from '../verify/public-site.ts'
import type { Journal } from './journal.ts'

/** What executing a plan needs. */
export interface SyncInput {
  plan: Plan
  journal: Journal
  store: Store
  /** Writes the content of a file. */
  write: WriteContent
  /** Whether releases keep what is overwritten or deleted. */
  keeps: boolean
  /** All headers that the state has. */
  headers: () => HeadersByHash
  /** The cache in front of the target, if it is to be purged. */
  purge: Purge | undefined
  /** Where to verify; `undefined` to verify nothing. */
  site: PublicSite | undefined
  /** Verify all of these; `undefined` to verify what was uploaded and what is not verified yet. */
  everyFile: (() => AsyncIterable<DesiredObject>) | undefined
  /** Whether the target was listed for the plan: only then can another listing be compared. */
  listed: boolean
  /** The first key that matters in that listing. */
  firstKey: string | undefined
  concurrency: number
  /** Milliseconds that the public address may take to show what was published. */
  verifyTimeout: number
  comparison: Comparison
  signal: AbortSignal | undefined
  /** Makes sure, before each step, that no other publish is under way; throws where one may be. */
  ensureLocked(): Promise<void>
  progress(label: string, total?: number, bytes?: number): Progress
}
