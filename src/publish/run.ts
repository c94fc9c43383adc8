import type { Target } from '../options.ts'
import type { PublishContext, PublishFlags } from './options.ts'
import type { DesiredObject, DesiredObjects } from './site/objects.ts'
import type { SelectedPages } from './site/select-pages.ts'
import type { SiteFacts } from './site/site.ts'
import type { WriteContent } from './site/write-content.ts'
import type { StateObject } from './state/state-object.ts'
import type { Store } from './store/store.ts'
import type { PublicSite } from './verify/public-site.ts'

/** One publish: what it publishes, where to, and how. */
export interface PublishRun {
  /** The name of the target. */
  name: string
  target: Target
  /** Vite's root, which relative paths of the target are relative to. */
  root: string
  /** What is published: the site, or a release. */
  site: SiteFacts
  /** What the target should hold. */
  desired: DesiredObjects
  /** The pages to publish; `undefined` for the whole site. */
  pages: SelectedPages | undefined
  /** The number of the release that is put back; `undefined` for a build. */
  release?: number
  /** Makes the content of these files ready. Returns what writes it. */
  take(files: readonly DesiredObject[]): Promise<WriteContent>
  /** How many pages have the header `x-robots-tag`, which no storage serves. */
  robots: number
  store: Store
  /** Conditional writes were tried and do not work: `store` makes none. */
  conditions?: 'none'
  stateObject: StateObject
  publicSite: PublicSite | undefined
  /** The public address, if this publish verifies. */
  siteToVerify: PublicSite | undefined
  flags: PublishFlags
  context: PublishContext
  /** By `performance.now()`. */
  started: number
}
