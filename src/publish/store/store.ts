import { createHash } from 'node:crypto'
import {
  isFailure,
  type Backend,
  type CopyOptions,
  type KnownObject,
  type PutOptions,
  type Retry,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from '../../backends/backend.ts'
import { partSize } from '../../backends/parts.ts'
import { DistillError } from '../../errors.ts'
import { compareKeys } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { inParallel } from '../parallel.ts'
import { pause } from '../retry.ts'
import { prefixed } from './prefixed.ts'
import { defaultConcurrency, type AimdLimiter } from './rate-limit.ts'
import { Requester, type Requests } from './requester.ts'

/** The storage does not list its keys in their order. */
export class OutOfOrderError extends Error {}

/** Opens the part of a storage that a target is: what is below its prefix. */
export const openStore = (
  backend: Backend,
  prefix: string | undefined,
  { signal, concurrency = defaultConcurrency }: { signal?: AbortSignal; concurrency?: number } = {},
): Store => new Store(prefixed(backend, prefix), new Requester(concurrency), { signal })

/** Batches that {@link Store.removeAll} removes at a time. */
const maxBatches = 16

/** How requests are made through one view of a store. */
interface View {
  /** Stops the requests. */
  signal?: AbortSignal
  /** Called right before each request that writes, and before each part of one; throws where it must not be sent. */
  guard?: () => void
  /** False: conditional writes do not work in this storage, whatever its backend says. */
  conditional?: boolean
  /** Each request is made once. */
  once?: boolean
}

/**
 * The storage of a target, on top of a {@link Backend}: it retries, limits and counts requests, and throws a
 * {@link DistillError} for what fails.
 */
export class Store {
  /** How messages name it: `s3://www.example.com/blog/`. */
  readonly name: string
  /** The most keys that one {@link remove} takes. */
  readonly maxRemove: number
  readonly keepsHeaders: boolean
  readonly conditional: boolean
  readonly conditionalRemove: boolean
  /** The largest object that {@link rewrite} takes, in bytes; 0 where the storage cannot rewrite. */
  readonly maxRewrite: number
  /** Whether the storage can {@link copy}. */
  readonly canCopy: boolean
  readonly requests: Requests
  readonly #backend: Backend
  readonly #requester: Requester
  readonly #view: View

  constructor(backend: Backend, requester: Requester, view: View) {
    this.#backend = backend
    this.#requester = requester
    this.#view = view
    this.requests = requester.counts
    this.name = backend.name
    this.maxRemove = backend.maxRemove
    this.keepsHeaders = backend.keepsHeaders
    this.conditional = view.conditional ?? backend.conditional
    this.conditionalRemove = this.conditional && backend.conditionalRemove
    this.maxRewrite = backend.rewrite ? (backend.maxRewrite ?? Infinity) : 0
    this.canCopy = backend.copy !== undefined
  }

  /** The same store, stopped by another signal; by none, for what has to be done after an abort. */
  withSignal(signal: AbortSignal | undefined): Store {
    return this.#with({ signal })
  }

  /** The same store, whose writes call `guard` right before each request. Where it throws, nothing is sent. */
  withGuard(guard: () => void): Store {
    return this.#with({ guard })
  }

  /** The same store, without conditions: for a storage where they do not work. */
  withoutConditions(): Store {
    return this.#with({ conditional: false })
  }

  /** The same store, without retries and pauses. */
  withoutRetry(): Store {
    return this.#with({ once: true })
  }

  #with(view: View): Store {
    return new Store(this.#backend, this.#requester, { ...this.#view, ...view })
  }

  /** Limits how many requests are made at a time. */
  get limiter(): AimdLimiter {
    return this.#requester.limiter
  }

  /** Why the storage cannot hold an object under this key; `undefined` for a key that it can hold. */
  refuses(key: string): string | undefined {
    return this.#backend.refuses?.(key)
  }

  /** All objects whose key starts with `start`, sorted by key. The list is complete, or this throws. */
  async list(start = ''): Promise<StoredObject[]> {
    const objects = await this.#requester.retry(this.#view.signal, async () => {
      const found = new Map<string, StoredObject>()
      for await (const page of this.#pages(start)) {
        for (const object of page) {
          if (found.has(object.key)) throw this.#listedTwice(object.key)
          found.set(object.key, object)
        }
      }
      return [...found.values()]
    })
    return objects.sort((a, b) => compareKeys(a.key, b.key))
  }

  /**
   * Streams all objects behind the key `after`, sorted by key, page by page. The list is complete, or this throws.
   * @throws {OutOfOrderError} where the storage lists in another order
   */
  async *walk(after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    let last = after
    for (let attempt = 1; ; attempt++) {
      let previous: string | undefined
      try {
        for await (const page of this.#pages('', last)) {
          this.#requester.noteResponse()
          for (const { key } of page) {
            if (previous !== undefined && compareKeys(previous, key) >= 0)
              throw this.#outOfOrder(previous, key)
            previous = key
          }
          // A backend may list from the first key again: skip what was yielded already, or is not wanted.
          const wanted = last === undefined ? page : page.filter(({ key }) => compareKeys(key, last!) > 0)
          if (wanted.length === 0) continue
          last = previous
          // Only a new key is progress: the pages before it may succeed for ever.
          attempt = 1
          yield wanted
        }
        this.#requester.noteResponse()
        return
      } catch (error) {
        this.#requester.noteFailure(error)
        const delay = this.#requester.delayFor(error, attempt)
        if (delay === undefined) throw this.#requester.wrapError(error)
        await pause(delay, attempt, { signal: this.#view.signal })
      }
    }
  }

  /** The content and ETag of a small object; `undefined` where there is none. */
  get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; etag: string } | undefined> {
    return this.#request('get', key, () => this.#backend.get(key))
  }

  /**
   * Writes an object.
   * @throws {BackendError} of kind `precondition` where `ifMatch` did not hold
   */
  async put(key: string, source: Source, options: PutOptions): Promise<{ etag: string }> {
    const { signal, guard } = this.#view
    const checked: Source = {
      ...source,
      async read(start = 0, end) {
        // Between two parts of a content, for a backend that makes no use of `retry`.
        if (start > 0) throwIfAborted(signal)
        guard?.()
        return source.read(start, end)
      },
    }
    let attempts = 0
    try {
      return await this.#write('put', key, () => {
        attempts++
        return this.#backend.put(key, checked, { ...options, retry: this.#retryOf('put') })
      })
    } catch (error) {
      // If the response of an earlier attempt was lost, the object that breaks the condition is the one that was put.
      const mayBeOwn = isFailure(error, 'precondition') && (attempts > 1 || source.size > partSize)
      const written = mayBeOwn ? await this.findSame(key, source) : undefined
      if (!written) throw error
      return written
    }
  }

  /** The ETag of the object of a key, if its content is that of `source`. */
  async findSame(key: string, source: Pick<Source, 'size' | 'md5'>): Promise<{ etag: string } | undefined> {
    const found = (await this.list(key)).find((object) => object.key === key)
    if (found?.size !== source.size) return undefined
    if (found.md5 === source.md5) return { etag: found.etag }
    if (source.size > partSize) return undefined
    // A listing may have no MD5, or one of something else: with KMS, an ETag only looks like an MD5.
    const object = await this.get(key)
    const same = object && createHash('md5').update(object.body).digest('hex') === source.md5
    return same ? { etag: object.etag } : undefined
  }

  /**
   * Replaces the headers and the redirect of an object, and leaves its content.
   * @throws {BackendError} of kind `precondition` where the object is no longer the one of `ifMatch`
   */
  rewrite(key: string, options: RewriteOptions): Promise<{ etag: string }> {
    return this.#write('rewrite', key, () => this.#backend.rewrite!(key, options))
  }

  /**
   * Copies the content of an object to another key. Only for a store that {@link canCopy}.
   * @throws {BackendError} of kind `precondition` where the object to copy is no longer the one of `ifSourceMatch`, or
   *   `ifMatch` did not hold
   */
  async copy(from: string, to: string, options: CopyOptions): Promise<{ etag: string }> {
    let attempts = 0
    try {
      // Without a key: copies to our own keys are many, and wait for their turn.
      return await this.#write('copy', undefined, () => {
        attempts++
        return this.#backend.copy!(from, to, { ...options, retry: this.#retryOf('copy', () => attempts++) })
      })
    } catch (error) {
      // If the response of an earlier attempt was lost, the object that breaks the condition is the copy.
      const mayBeOwn = isFailure(error, 'precondition') && attempts > 1 && options.ifMatch !== undefined
      const copied = mayBeOwn ? await this.#findCopied(from, to, options.ifSourceMatch) : undefined
      if (!copied) throw error
      return copied
    }
  }

  /** The ETag of the object at `to`, if it has the content of the one at `from`, which has the ETag `ifSourceMatch`. */
  async #findCopied(from: string, to: string, ifSourceMatch: string): Promise<{ etag: string } | undefined> {
    const found = (await this.list(from)).find((object) => object.key === from)
    if (found?.etag !== ifSourceMatch) return undefined
    const { size } = found
    const read = size <= partSize ? await this.get(from) : undefined
    const md5 = read ? createHash('md5').update(read.body).digest('hex') : found.md5
    return md5 === undefined ? undefined : this.findSame(to, { size, md5 })
  }

  /** Removes at most {@link maxRemove} objects. Resolves to the keys that it left because another object is there. */
  remove(objects: readonly KnownObject[]): Promise<string[]> {
    return this.#write('remove', objects[0]?.key, () => this.#backend.remove(objects))
  }

  /** Removes any number of objects, whatever their ETags are. */
  async removeAll(keys: readonly string[]): Promise<void> {
    const batches = Array.from({ length: Math.ceil(keys.length / this.maxRemove) }, (_, i) =>
      keys.slice(i * this.maxRemove, (i + 1) * this.maxRemove),
    )
    await inParallel(batches, maxBatches, async (batch) => {
      await this.remove(batch.map((key) => ({ key, etag: undefined })))
    })
  }

  close(): void {
    this.#backend.close?.()
  }

  /**
   * Makes the requests of one attempt at a write that takes several.
   * @param again Called before a request is made again
   */
  #retryOf(kind: keyof Requests, again = () => {}): Retry | undefined {
    const { signal, guard, once } = this.#view
    if (once) return undefined
    const makeRequest = this.#requester.requestsOf(kind, signal)
    return (request) => {
      let isFirst = true
      return makeRequest((stop) => {
        guard?.()
        if (!isFirst) again()
        isFirst = false
        return request(stop)
      })
    }
  }

  #write<T>(kind: keyof Requests, key: string | undefined, work: () => Promise<T>): Promise<T> {
    return this.#request(kind, key, async () => {
      this.#view.guard?.()
      return work()
    })
  }

  #request<T>(kind: keyof Requests, key: string | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#view.once) return this.#requester.once(kind, work)
    return this.#requester.request(kind, key, this.#view.signal, work)
  }

  #outOfOrder(previous: string, key: string): Error {
    if (previous === key) return this.#listedTwice(key)
    if (!this.#backend.sorted) return new OutOfOrderError()
    return this.#wrongListing(`\`${key}\` comes after \`${previous}\``)
  }

  #listedTwice(key: string): DistillError {
    return this.#wrongListing(`\`${key}\` is there twice`)
  }

  /** A listing with a fault may lack keys, too. */
  #wrongListing(why: string): DistillError {
    return new DistillError('TRANSFER_FAILED', `the listing of \`${this.name}\` is wrong: ${why}`, {
      hint: 'Nothing was deleted after this. Publish again. If it fails again, the storage or a proxy in front of it is faulty.',
    })
  }

  async *#pages(start: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    let pages = 0
    this.requests.list++
    for await (const page of this.#backend.list(start, after)) {
      throwIfAborted(this.#view.signal)
      if (pages++ > 0) this.requests.list++
      yield page
    }
  }
}
