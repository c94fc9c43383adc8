import type { ErrorCode } from '../errors.ts'
import type { Layout } from '../options.ts'
import type { ManifestFile } from '../manifest.ts'
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
  /** Bodies that are held whole, however large, for somebody wants to change them. */
  whole: 'all' | 'html' | undefined
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

/** Bytes of several files, one after the other. */
export interface Bodies {
  /** Where each ends. */
  ends: number[]
  bytes: Uint8Array<ArrayBuffer>
}

/** Rendered pages with their bodies. */
export interface Batch extends Bodies {
  type: 'batch'
  pages: Rendered[]
}

/** A part of a body too large for a batch. The worker waits for `stored` after each, which brings its buffer back. */
export interface Part {
  type: 'part'
  key: string
  offset: number
  length: number
  bytes: Uint8Array<ArrayBuffer>
}

export type FromWorker =
  | { type: 'ready' }
  | { type: 'planned'; plan: Plan; last: boolean }
  | Batch
  | Part
  /** After the last part of its body. */
  | { type: 'end'; page: Rendered }
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

/** What the writer is asked for. It answers everything once, in order. */
export type ToWriter =
  | ({ type: 'write'; keys: string[] } & Bodies)
  | Part
  | { type: 'end'; key: string }
  | { type: 'copy'; assets: readonly Asset[] }
  | { type: 'list' }

/** What a file holds: its bytes, counted, and hashes in hex. */
export interface Content {
  size: number
  md5: string
  sha256: string
}

/** What became of one file. */
export interface Written extends Content {
  change: 'new' | 'changed' | 'unchanged'
}

export type FromWriter =
  /** After `write`. */
  | { type: 'compared'; changes: Written['change'][] }
  /** After `end` and `copy`. */
  | { type: 'wrote'; files: Written[] }
  | { type: 'stored'; bytes: Uint8Array<ArrayBuffer> }
  /** The files that the site has, joined by NUL: a list of as many strings takes long to cross. */
  | { type: 'listed'; keys: string }
  | { type: 'failed'; error: Thrown }
