import type { ErrorCode } from '../errors.ts'
import type { PublicFile } from '../public-files.ts'
import type { Page, PageRoute, PageList } from '../routes/types.ts'
import type { Layout } from '../options.ts'
import type { ManifestFile } from '../manifest.ts'

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
  | { type: 'render'; first: number; pages: Page[]; routes: readonly PageRoute[] }
  | { type: 'stored'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'close' }

/** What a page's content tells beside itself. */
export interface PageMeta {
  /** Whether an HTML page begins with a doctype; nothing for other pages. */
  doctype?: boolean
  /** Search engines are told to leave it out. */
  noindex?: true
  /** What a person would hardly have meant. */
  warnings?: string[]
}

/** What a rendered page answered. */
export interface Rendered extends PageMeta {
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
  | { type: 'planned'; plan: PageList; last: boolean }
  | Batch
  | Part
  /** After the last part of its body. */
  | { type: 'end'; page: Rendered }
  | { type: 'failed'; failure: PageFailure }
  | { type: 'thrown'; error: Thrown }
  | { type: 'exit'; code: number; stack: string }
  | { type: 'closed' }

/** A file of the client build, and where it goes. */
export interface Asset extends PublicFile {
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
