import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode } from '../errors.ts'
import type { PublicFile } from '../public-files.ts'
import type { PageLinks } from '../links/page-links.ts'
import type { Page, PageRoute, PageList } from '../routes/types.ts'
import type { ResolvedOptions } from '../options.ts'
import type { ManifestFile } from '../manifest.ts'

/** What a worker is started with. */
export interface WorkerConfig extends Pick<
  ResolvedOptions,
  'origin' | 'base' | 'requestBase' | 'layout' | 'concurrency' | 'timeout' | 'retry' | 'languages' | 'links'
> {
  /** Absolute path of the server bundle. */
  entry: string
  /** The plan that `distilledUrls()` reads, if there is one. */
  planFile: string | undefined
  /** Bodies that a later step changes: the worker holds them whole, however large they are. */
  holdWhole: 'all' | 'html' | undefined
  /** For messages. Not `parentPort`, which the app can use too. */
  port: MessagePort
  /**
   * What the main thread still sees while the worker is stuck: the page that began last, the count of heartbeats, and
   * for each of `concurrency` loops the page that it renders, or -1.
   */
  heartbeat: Int32Array<SharedArrayBuffer>
}

/** Where the pages of the loops begin in `heartbeat`. */
export const loopsAt = 2

/** An error as data that can cross a thread. */
export interface SerializedError {
  message: string
  /** Mapped to the sources by Node. */
  stack: string
  code?: ErrorCode
  hint?: string | undefined
}

/** Why a page could not be rendered. */
export interface PageFailure {
  /** Of the page in the list of pages. */
  index: number
  message: string
  /** What the app threw. */
  error?: SerializedError
}

/** What the last build knows of a page's response. */
export interface LastResponse {
  etag: string
  headers: ManifestFile['headers']
}

/** A page to render, or only to ask for if it changed. */
export interface AskedPage extends Page {
  last?: LastResponse | undefined
}

export type ToWorker =
  | { type: 'listPages' }
  | { type: 'findPages'; urls: readonly string[] }
  | { type: 'render'; first: number; pages: AskedPage[]; routes: readonly PageRoute[] }
  | { type: 'stored'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'close' }

/** A rendered page, without its body. */
export interface Rendered {
  index: number
  key: string
  status: number
  headers: ManifestFile['headers']
  redirect?: ManifestFile['redirect']
  etag?: string | undefined
  /** Milliseconds, without those in which it may have waited for what the app starts for its first page. */
  ms: number
  /** When they began, in milliseconds since 1970. */
  at?: number | undefined
  /** The number of the thread that rendered it, from 0 on. Set on the main thread. */
  thread?: number | undefined
  /** The first page of its thread, if it took so long that the app must have started something for it. */
  first?: boolean | undefined
  /** Whether an HTML page begins with a doctype; undefined for other pages. */
  doctype?: boolean
  /** Search engines are told to leave it out. */
  noindex?: true
  /** What is probably a mistake. */
  warnings?: string[]
  /** The links of an HTML page, unless its body went out in parts. Read on the main thread. */
  links?: PageLinks | undefined
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
export interface BodyPart {
  type: 'part'
  key: string
  offset: number
  length: number
  bytes: Uint8Array<ArrayBuffer>
}

export type FromWorker =
  /** Code of the app is called outside of pages: what it is, and the code of the error if it takes too long. */
  | { type: 'step'; what: string; code: ErrorCode }
  | { type: 'ready' }
  /** Some of the pages; the last message has the routes and the notices. */
  | { type: 'pages'; list: PageList; last: boolean }
  /** To `findPages`. */
  | { type: 'found'; pages: Page[] }
  | Batch
  | BodyPart
  /** After the last part of its body. */
  | { type: 'end'; page: Rendered }
  /** The app answered 304: the page is that of the last build. */
  | { type: 'unmodified'; index: number }
  | { type: 'failed'; failure: PageFailure }
  /** The app failed outside of a page. */
  | { type: 'error'; error: SerializedError }
  /** `url` is the page that it belongs to, if that is known. */
  | { type: 'exit'; code: number; stack: string; url: string | undefined }
  | { type: 'closed' }

/** A file of the client build. */
export interface Asset extends PublicFile {
  /** Whether its name carries Vite's content hash. */
  hashed: boolean
}

/** A file of the site that should be what the last build wrote. */
export type CheckedFile = Pick<ManifestFile, 'key' | 'size' | 'sha256'>

/** Requests to the writer. It responds to each one, in order. */
export type ToWriter =
  | ({ type: 'write'; keys: string[] } & Bodies)
  | BodyPart
  | { type: 'end'; key: string }
  | { type: 'copy'; assets: readonly Asset[] }
  | { type: 'listSite' }
  | { type: 'check'; files: readonly CheckedFile[] }

/** What the manifest says of a file's bytes. */
export type Content = Pick<ManifestFile, 'size' | 'md5' | 'sha256'>

/** A file of the site after the writer has seen it. */
export interface WrittenFile extends Content {
  /** Compared with the last site. */
  change: 'new' | 'changed' | 'unchanged'
}

export type FromWriter =
  /** To `write`. */
  | { type: 'compared'; changes: WrittenFile['change'][] }
  /** To `end` and `copy`. */
  | { type: 'wrote'; files: WrittenFile[] }
  /** To a part. */
  | { type: 'stored'; bytes: Uint8Array<ArrayBuffer> }
  /** To `listSite`: the keys, joined by NUL, because an array of as many strings is slow to cross a thread. */
  | { type: 'listed'; keys: string }
  /** To `check`. */
  | { type: 'checked'; intact: boolean[] }
  | { type: 'failed'; error: SerializedError }
