/** One object as a listing shows it. */
export interface StoredObject {
  /** The object's whole name in the storage, prefix included. */
  key: string
  /** Bytes. */
  size: number
  /** Changes whenever the content changes; compared for equality only. No quotes around it. */
  etag: string
  /** Last change, milliseconds since 1970. */
  modified: number
  /** Hex MD5 of the content, only where the storage vouches that it is one. */
  md5?: string
}

/** Where the bytes of an object come from. A backend reads ranges, so that large bodies go in parts. */
export interface Source {
  /** Bytes. */
  size: number
  /** Hex MD5 of the whole. */
  md5: string
  /** The bytes from `start` to before `end`; all of them without arguments. */
  read(start?: number, end?: number): Promise<Uint8Array<ArrayBuffer>>
}

export interface PutOptions {
  /** Lower-case names: `content-type`, `cache-control`, `content-language`, `content-disposition`, `content-encoding`. Others are ignored. */
  headers: Readonly<Record<string, string>>
  /** Where a native redirect of this key leads, for storages that have them. */
  redirect?: string
  /**
   * Write only if the stored object still is this one: an ETag as `list` or `put` gave it, or `null`
   * for "there is none". Only given where `conditional` is true; a mismatch throws kind `precondition`.
   */
  ifMatch?: string | null
}

export interface RewriteOptions {
  /** All headers, as in {@link PutOptions}; one that is not given here is gone afterwards. */
  headers: Readonly<Record<string, string>>
  /** As in {@link PutOptions}; one that is not given here is gone afterwards. */
  redirect?: string
  /**
   * The object whose headers these are, by its ETag as `list` or `put` gave it: any other stays as it is,
   * where the storage looks. Ceph's gateway does not, so what was written is to be looked at afterwards.
   */
  ifMatch: string
}

/**
 * The code that speaks to one kind of storage. It is dumb: it lists, puts, gets and removes, and
 * never retries, logs, compares, guesses a content type or decides. Every failure of the storage is
 * thrown as a {@link BackendError}, and nothing else but what a source throws. Methods may run concurrently.
 */
export interface Backend {
  /** What messages call it, without secrets: `s3://www.example.com/`. */
  readonly name: string
  /** The most keys one `remove` takes. */
  readonly maxRemove: number
  /** Whether `put` honours `ifMatch`, atomically. */
  readonly conditional: boolean
  /** Whether what it stores is served with the headers given to `put`. */
  readonly keepsHeaders: boolean
  /**
   * All objects whose key starts with `prefix`, in pages as the storage gives them. Each key once; complete, or it
   * throws. Nobody needs the keys up to and including `after`, in the order of their UTF-8 bytes: a storage that
   * can begin behind them does, any other may give them.
   */
  list(prefix: string, after?: string): AsyncIterable<StoredObject[]>
  /** The content and ETag of a (small) object; `undefined` when there is none. */
  get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; etag: string } | undefined>
  /** Writes an object whole or not at all: a reader sees the old one or the new one. Resolves to what `list` will show. */
  put(key: string, source: Source, options: PutOptions): Promise<{ etag: string }>
  /**
   * Changes the headers and the redirect of an object in place, without sending its content, for storages
   * that can. Content and MD5 stay; the ETag may change even so, and is what `list` will show. An object
   * that is not there, or is not the one of `ifMatch`, throws kind `precondition` and stays as it is.
   */
  rewrite?(key: string, options: RewriteOptions): Promise<{ etag: string }>
  /** The largest object that `rewrite` takes, in bytes. A larger one has to be put again. Default: any. */
  readonly maxRewrite?: number
  /** Removes objects. A key that does not exist counts as removed. */
  remove(keys: readonly string[]): Promise<void>
  /** Releases sockets. Called once, last. */
  close?(): void
}

/**
 * - `unauthorised`: missing, wrong or expired credentials, or a permission that is lacking
 * - `missing`: the bucket (container, directory's parent) does not exist
 * - `precondition`: `ifMatch` did not hold
 * - `throttled`: asked to slow down
 * - `unavailable`: a network failure, a timeout or a 5xx: trying again may help
 * - `rejected`: anything else: trying again will not help
 */
export type FailureKind =
  | 'unauthorised'
  | 'missing'
  | 'precondition'
  | 'throttled'
  | 'unavailable'
  | 'rejected'

/** What went wrong in a storage, in the one vocabulary that the publish wing decides by. */
export class BackendError extends Error {
  readonly kind: FailureKind
  /** Milliseconds the storage asked to wait. */
  readonly retryAfter: number | undefined

  constructor(
    kind: FailureKind,
    message: string,
    { cause, retryAfter }: { cause?: unknown; retryAfter?: number } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BackendError'
    this.kind = kind
    this.retryAfter = retryAfter
  }
}
