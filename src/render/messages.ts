import type { ErrorCode } from '../errors.ts'
import type { Layout } from '../options.ts'
import type { ManifestFile } from '../manifest.ts'
import type { PageTagging } from './page-tagger.ts'
import type { Traits } from './traits.ts'

/** One page, planned: everything a worker needs to render it. Kept small, for there may be a million. */
export interface Page {
  /** Path as the app is asked for it, percent-encoded, without `base`. */
  url: string
  /** The file it becomes, relative to the site. */
  key: string
  /** Index into the plan's routes. */
  route: number
  /** In the pattern's order, as strings. */
  params?: Record<string, string>
}

export interface PlannedRoute {
  route: string
  /** The status codes accepted. */
  status: readonly number[]
}

export interface Plan {
  routes: PlannedRoute[]
  pages: Page[]
  /** What a user may want to know, such as a route without pages. */
  notices: string[]
}

/** What a worker is started with. */
export interface WorkerConfig {
  /** Absolute path of the server bundle. */
  entry: string
  origin: string
  layout: Layout
  /** Pages in flight. */
  concurrency: number
  /** Milliseconds per page. */
  timeout: number
  /** How often a page is tried again. */
  retry: number
  languages: readonly string[]
  /** Bodies are held whole, however large, for somebody wants to change them. */
  whole: boolean
  /** How pages get tags, where they get any and nobody changes them afterwards. */
  tagging?: PageTagging | undefined
  /** `[last page begun, heartbeat]`: what the main thread sees when the worker no longer answers. */
  pulse: Int32Array<SharedArrayBuffer>
}

/** An error that crossed a thread. */
export interface Thrown {
  message: string
  /** Mapped to the sources by Node. */
  stack: string
  code?: ErrorCode
  hint?: string
}

/** Why a page could not be rendered. */
export interface PageFailure {
  index: number
  message: string
  thrown?: Thrown
}

export type ToWorker =
  | { type: 'plan' }
  | { type: 'render'; first: number; pages: Page[]; routes: readonly PlannedRoute[] }
  | { type: 'stored'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'close' }

/** What a rendered page answered. */
export interface Rendered extends Traits {
  index: number
  key: string
  status: number
  headers: ManifestFile['headers']
  redirect?: ManifestFile['redirect']
  /** Milliseconds. */
  ms: number
}

/** Rendered pages with where the bytes of each are. */
export interface Batch {
  type: 'batch'
  pages: (Rendered & { start: number; end: number })[]
  bytes: Uint8Array<ArrayBuffer>
}

/** A body too large for a batch comes in parts; the worker waits for `stored` after each, which brings its buffer back. */
export type Part =
  | { type: 'part'; key: string; offset: number; length: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'end'; page: Rendered }

export type FromWorker =
  | { type: 'ready' }
  | { type: 'planned'; plan: Plan; last: boolean }
  | Batch
  | Part
  | { type: 'failed'; failure: PageFailure }
  | { type: 'thrown'; error: Thrown }
  | { type: 'exit'; code: number; stack: string }
  | { type: 'closed' }

/** A file of the client build, and where it goes. */
export interface Asset {
  key: string
  /** Absolute path. */
  from: string
  hashed: boolean
}

export type ToWriter = Batch | Part | { type: 'copy'; assets: Asset[] }

/** What became of one file. */
export interface Written {
  size: number
  md5: string
  sha256: string
  change: 'new' | 'changed' | 'unchanged'
}

export type FromWriter =
  | { type: 'wrote'; pages: (Rendered & Written)[] }
  | { type: 'stored'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'copied'; assets: Written[] }
  | { type: 'failed'; error: Thrown }
