import { printable } from '../errors.ts'

/** One object, as a listing shows it. */
export interface StoredObject {
  /** The object's full name in the storage, prefix included. */
  key: string
  /** Bytes. */
  size: number
  /** Changes whenever the content changes. Opaque: it is only compared for equality. Without quotes. */
  etag: string
  /** Time of the last change, in milliseconds since 1970. */
  modified: number
  /** Hex MD5 of the content. Absent unless the storage guarantees that it is the content's. */
  md5?: string
}

/** An object to remove, as the caller knows it. */
export interface KnownObject {
  key: string
  /** The ETag that the stored object must have, as `list` or `put` returned it; `undefined` for any object. */
  etag: string | undefined
}

/** The content of an object to write. It is read in ranges, so that a large file is never in memory at once. */
export interface Source {
  /** Bytes. */
  size: number
  /** Hex MD5 of the whole content. */
  md5: string
  /** Reads the bytes from `start` up to but not including `end`. Default: the whole content. */
  read(start?: number, end?: number): Promise<Uint8Array<ArrayBuffer>>
}

export interface PutOptions {
  /**
   * Headers by lower-case name: `content-type`, `cache-control`, `content-language`, `content-disposition` and
   * `content-encoding`. A backend ignores all others.
   */
  headers: Readonly<Record<string, string>>
  /** Where this key redirects to. A storage without native redirects ignores it. */
  redirect?: string
  /**
   * The condition of the write: the ETag that the stored object must have, as `list` or `put` returned it, or `null`
   * if no object may exist. When it does not hold, `put` writes nothing and throws kind `precondition`.
   * Passed only to a backend whose `conditional` is true.
   */
  ifMatch?: string | null
  /** Makes the requests of a put that takes several, so that a failure costs one of them and not all. */
  retry?: Retry
}

/**
 * Makes one request, again where another attempt may succeed by the kind of its {@link BackendError}. Makes none once
 * the caller wants to stop, and throws. Throws the request's last error where it is given up: the put must then fail
 * with that error, after removing what is unfinished.
 * @param request Gets a signal that is aborted when the caller wants to stop. A request that changes nothing that
 *   readers see, such as a part, should end then; any other should ignore it.
 */
export type Retry = <T>(request: (signal?: AbortSignal) => Promise<T>) => Promise<T>

export interface RewriteOptions {
  /** All headers of the object, as in {@link PutOptions}. A header that is missing here is removed. */
  headers: Readonly<Record<string, string>>
  /** As in {@link PutOptions}. A redirect that is missing here is removed. */
  redirect?: string
  /**
   * The ETag that the stored object must have, as `list` or `put` returned it. If it has another one, the object
   * stays as it is. Some storages ignore this condition, so the caller checks the object afterwards.
   */
  ifMatch: string
}

export interface CopyOptions {
  /** All headers of the copy, as in {@link PutOptions}: it takes none from the copied object. */
  headers: Readonly<Record<string, string>>
  /** As in {@link PutOptions}: the copy takes no redirect from the copied object. */
  redirect?: string
  /** The ETag that the object to copy must have, as `list` or `put` returned it. */
  ifSourceMatch: string
  /**
   * The condition of the write, as in {@link PutOptions}, on the object at the copy's key. Passed only to a backend
   * whose `conditional` is true. Ceph's gateway ignores it.
   */
  ifMatch?: string | null
  /** As in {@link PutOptions}, for a copy that takes several requests. */
  retry?: Retry
}

/**
 * The code that speaks to one kind of storage.
 *
 * A backend lists, reads, writes and removes objects. It never retries, waits, logs, compares or guesses a content
 * type: the caller does, and `put` may ask it to by {@link Retry}. Every failure of the storage is thrown as a {@link BackendError}; only what
 * `source.read` throws may pass through unchanged. Methods are called concurrently.
 */
export interface Backend {
  /** The storage's name in messages, ending in `/` and without secrets: `s3://www.example.com/`. */
  readonly name: string
  /** The largest number of objects that one call of `remove` accepts. */
  readonly maxRemove: number
  /** Whether `put` checks `ifMatch` and writes in one atomic step. */
  readonly conditional: boolean
  /**
   * Whether `remove` checks an ETag and removes in one atomic step. If `false`, `remove` ignores ETags: the caller
   * lists the objects just before and compares them.
   */
  readonly conditionalRemove: boolean
  /** Whether stored objects are served with the headers that `put` got. */
  readonly keepsHeaders: boolean
  /**
   * Whether `list` promises the order of the keys' UTF-8 bytes. Another order is then an error; otherwise the caller
   * lists again and sorts the whole listing in memory. Default: `false`.
   */
  readonly sorted?: boolean
  /**
   * Lists every object whose key starts with `prefix`, each once, in pages of any size. A listing is complete or it
   * throws: the caller takes a key that it has twice for an error. The order of the keys' UTF-8 bytes is best.
   * @param after A hint: the caller ignores keys up to and including this one, in the order of their UTF-8 bytes. A
   *   storage that can start a listing in the middle starts here; any other may list them all.
   */
  list(prefix: string, after?: string): AsyncIterable<StoredObject[]>
  /** Reads a small object whole. Returns its content and ETag, or `undefined` if it does not exist. */
  get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; etag: string } | undefined>
  /**
   * Writes an object whole or not at all: a concurrent reader gets the old content or the new content. A content
   * that does not have the size and MD5 of `source` is not written. Returns the ETag that `list` shows from then on.
   */
  put(key: string, source: Source, options: PutOptions): Promise<{ etag: string }>
  /**
   * Replaces the headers and the redirect of an object without sending its content. Returns the ETag that `list`
   * shows from then on; it may differ from the old one. Content and MD5 stay as they are. If the object does not
   * exist or `ifMatch` does not hold, it changes nothing and throws kind `precondition`. Leave it out where the
   * storage has no such request: the caller then puts the object again.
   */
  rewrite?(key: string, options: RewriteOptions): Promise<{ etag: string }>
  /** The largest object that `rewrite` accepts, in bytes. The caller puts a larger one again. Default: no limit. */
  readonly maxRewrite?: number
  /**
   * Copies the content of an object to another key without sending it. The copy is written whole or not at all, as by
   * `put`, and is stored as `put` would store it: with the headers and the redirect of `options` and everything that
   * the target says of its objects, and nothing of the copied one but its content. Copies an object of any size. If
   * the object to copy does not exist, or `ifSourceMatch` or `ifMatch` does not hold, it writes nothing and throws
   * kind `precondition`. Returns the ETag that `list` shows from then on. Leave it out where the storage has no such
   * request: targets with `releases` need it.
   */
  copy?(from: string, to: string, options: CopyOptions): Promise<{ etag: string }>
  /**
   * Removes up to `maxRemove` objects, each only if it still has its ETag. Resolves to the keys that it left because
   * the object has another ETag now. A key that does not exist counts as removed.
   */
  remove(objects: readonly KnownObject[]): Promise<string[]>
  /**
   * Why the storage cannot hold an object under this key, which `put` then rejects: "it is longer than 1,024 bytes".
   * `undefined` for a key that it can hold. Sends no request. Leave it out where any key is possible.
   */
  refuses?(key: string): string | undefined
  /** Closes open connections. Called once, after all other calls. */
  close?(): void
}

/** A backend of our own, which can copy an object from another place of its kind. */
export interface PlacedBackend extends Backend {
  /** @param options `place` is the bucket, the container or the folder of `from`, if it is not the backend's own */
  copy?(from: string, to: string, options: CopyOptions & { place?: string }): Promise<{ etag: string }>
}

/**
 * - `unauthorised`: credentials are missing, wrong or expired, or they lack a permission
 * - `missing`: the bucket, the container or the directory's parent does not exist
 * - `misconfigured`: an option or an environment variable is wrong, such as the region; the message names it
 * - `precondition`: `ifMatch` does not hold
 * - `throttled`: the storage limits the rate of requests
 * - `unavailable`: a network failure, a timeout or a 5xx status; another attempt may succeed
 * - `rejected`: anything else; another attempt fails again
 */
export type FailureKind =
  | 'unauthorised'
  | 'missing'
  | 'misconfigured'
  | 'precondition'
  | 'throttled'
  | 'unavailable'
  | 'rejected'

/**
 * A failure of a storage. Its kind decides what the publisher does next. Neither message nor cause holds a secret.
 * Control characters in the message are escaped: it may quote a key or the storage.
 */
export class BackendError extends Error {
  readonly kind: FailureKind
  /** The wait that the storage asked for before the next attempt, in milliseconds. */
  readonly retryAfter: number | undefined

  constructor(
    kind: FailureKind,
    message: string,
    { cause, retryAfter }: { cause?: unknown; retryAfter?: number } = {},
  ) {
    super(printable(message), cause === undefined ? undefined : { cause })
    this.name = 'BackendError'
    this.kind = kind
    this.retryAfter = retryAfter
  }
}

/** Whether an error is a {@link BackendError}, of this copy of the package or of one that a custom backend brings. */
export const isBackendError = (error: unknown): error is BackendError =>
  error instanceof Error && error.name === 'BackendError' && 'kind' in error

/** Whether an error is a {@link BackendError} of one kind. */
export const isFailure = (error: unknown, kind: FailureKind): error is BackendError =>
  isBackendError(error) && error.kind === kind
