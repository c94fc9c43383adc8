import type { Backend, PutOptions, RewriteOptions, Source, StoredObject } from '../../backends/backend.ts'
import { compareKeys } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { pause } from '../retry.ts'
import { prefixed } from './prefixed.ts'
import { Requester, type Requests } from './requester.ts'

/** The storage does not list its keys in their order. */
export class OutOfOrderError extends Error {}

/** Opens the part of a storage that a target is: what is below its prefix. */
export const openStore = (
  backend: Backend,
  prefix: string | undefined,
  { signal, concurrency = 32 }: { signal?: AbortSignal; concurrency?: number } = {},
): Store => new Store(prefixed(backend, prefix), new Requester(concurrency), signal)

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
  /** The largest object that {@link rewrite} takes, in bytes; 0 where the storage cannot rewrite. */
  readonly maxRewrite: number
  readonly requests: Requests
  readonly #backend: Backend
  readonly #requester: Requester
  readonly #signal: AbortSignal | undefined

  constructor(backend: Backend, requester: Requester, signal: AbortSignal | undefined) {
    this.#backend = backend
    this.#requester = requester
    this.#signal = signal
    this.requests = requester.counts
    this.name = backend.name
    this.maxRemove = backend.maxRemove
    this.keepsHeaders = backend.keepsHeaders
    this.conditional = backend.conditional
    this.maxRewrite = backend.rewrite ? (backend.maxRewrite ?? Infinity) : 0
  }

  /** The same store, stopped by another signal; by none, for what has to be done after an abort. */
  withSignal(signal: AbortSignal | undefined): Store {
    return new Store(this.#backend, this.#requester, signal)
  }

  /** All objects whose key starts with `start`, sorted by key. The list is complete, or this throws. */
  async list(start = ''): Promise<StoredObject[]> {
    const objects = await this.#requester.retry(this.#signal, async () => {
      const found: StoredObject[] = []
      for await (const page of this.#pages(start)) for (const object of page) found.push(object)
      return found
    })
    return objects.sort((a, b) => compareKeys(a.key, b.key))
  }

  /**
   * Streams all objects behind the key `after`, sorted by key. The list is complete, or this throws.
   * @throws {OutOfOrderError} where the storage lists in another order
   */
  async *walk(after?: string): AsyncGenerator<StoredObject, void, undefined> {
    let last = after
    for (let attempt = 1; ; attempt++) {
      let previous: string | undefined
      try {
        for await (const page of this.#pages('', last)) {
          for (const object of page) {
            const { key } = object
            if (previous !== undefined && compareKeys(previous, key) >= 0) throw new OutOfOrderError()
            previous = key
            // A backend may list from the first key again: skip what was yielded already, or is not wanted.
            if (last !== undefined && compareKeys(key, last) <= 0) continue
            last = key
            yield object
          }
          attempt = 1
        }
        this.#requester.noteResponse()
        return
      } catch (error) {
        this.#requester.noteFailure(error)
        const delay = this.#requester.delayFor(error, attempt)
        if (delay === undefined) throw this.#requester.wrapError(error)
        await pause(delay, attempt, { signal: this.#signal })
      }
    }
  }

  /** The content and ETag of a small object; `undefined` where there is none. */
  get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; etag: string } | undefined> {
    return this.#requester.request('get', key, this.#signal, () => this.#backend.get(key))
  }

  /**
   * Writes an object.
   * @throws {BackendError} of kind `precondition` where `ifMatch` did not hold
   */
  put(key: string, source: Source, options: PutOptions): Promise<{ etag: string }> {
    return this.#requester.request('put', key, this.#signal, () => this.#backend.put(key, source, options))
  }

  /**
   * Replaces the headers and the redirect of an object, and leaves its content.
   * @throws {BackendError} of kind `precondition` where the object is no longer the one of `ifMatch`
   */
  rewrite(key: string, options: RewriteOptions): Promise<{ etag: string }> {
    return this.#requester.request('rewrite', key, this.#signal, () => this.#backend.rewrite!(key, options))
  }

  /** Removes at most {@link maxRemove} objects. */
  remove(keys: readonly string[]): Promise<void> {
    return this.#requester.request('remove', keys[0], this.#signal, () => this.#backend.remove(keys))
  }

  close(): void {
    this.#backend.close?.()
  }

  async *#pages(start: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    let pages = 0
    this.requests.list++
    for await (const page of this.#backend.list(start, after)) {
      throwIfAborted(this.#signal)
      if (pages++ > 0) this.requests.list++
      yield page
    }
  }
}
