import { compareKeys, ownKeys } from '../../keys.ts'
import {
  BackendError,
  type Backend,
  type PutOptions,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from '../../backends/backend.ts'
import { told } from './failure.ts'
import { throwIfAborted } from '../interrupted.ts'
import { Pace } from './rate-limit.ts'
import { pause, retry } from '../retry.ts'

/** Requests made to the storage, by kind. Each try counts. */
export interface Requests {
  list: number
  get: number
  put: number
  rewrite: number
  remove: number
}

const patience = 6
/** Who asks to slow down is there, and wants to be asked again. */
const patienceWithBusy = 10
/** What never answered is probably a wrong address: say so soon. */
const impatience = 3

/** The prefix as keys begin with it: `blog` and `blog/` are the folder `blog/`, never `blog2/`. */
export const folderOf = (prefix = ''): string => prefix.replace(/\/*$/, /^\/*$/.test(prefix) ? '' : '/')

/** The storage doesn't list its keys in their order. */
export class OutOfOrder extends Error {}

/**
 * The part of a storage that a target is. Keys are relative to its prefix; what may help is tried again;
 * requests are counted; failures are told in the words of the publish wing.
 */
export class Store {
  readonly requests: Requests = { list: 0, get: 0, put: 0, rewrite: 0, remove: 0 }
  /** What messages call it: `s3://www.example.com/blog/`. */
  readonly name: string
  /** The most keys that one {@link remove} takes. */
  readonly maxRemove: number
  readonly keepsHeaders: boolean
  readonly conditional: boolean
  /** The largest object that {@link rewrite} takes; 0 where the storage has no such thing. */
  readonly maxRewrite: number
  readonly #backend: Backend
  readonly #prefix: string
  readonly #pace: Pace
  #signal: AbortSignal | undefined
  #answered = false

  constructor(
    backend: Backend,
    prefix: string | undefined,
    { signal, concurrency = 32 }: { signal?: AbortSignal | undefined; concurrency?: number | undefined } = {},
  ) {
    this.#backend = backend
    this.#prefix = folderOf(prefix)
    this.#signal = signal
    this.#pace = new Pace(concurrency)
    this.name = backend.name + this.#prefix
    this.maxRemove = backend.maxRemove
    this.keepsHeaders = backend.keepsHeaders
    this.conditional = backend.conditional
    this.maxRewrite = backend.rewrite ? (backend.maxRewrite ?? Infinity) : 0
  }

  /** Everything whose key starts with `start`, sorted by key. Complete, or it throws. */
  async list(start = ''): Promise<StoredObject[]> {
    const objects = await this.#try(async () => {
      const found: StoredObject[] = []
      for await (const page of this.#pages(this.#prefix + start))
        for (const object of page) found.push(object)
      return found
    })
    return objects.sort((a, b) => compareKeys(a.key, b.key))
  }

  /**
   * Everything behind the key `after`, sorted by key, as it comes. Complete, or it throws.
   * @throws {OutOfOrder} where the storage lists in another order
   */
  async *walk(after?: string): AsyncGenerator<StoredObject, void, undefined> {
    let last = after
    for (let attempt = 1; ; attempt++) {
      let previous: string | undefined
      try {
        for await (const page of this.#pages(this.#prefix, last)) {
          for (const object of page) {
            const { key } = object
            if (previous !== undefined && compareKeys(previous, key) >= 0) throw new OutOfOrder()
            previous = key
            // Given out before the listing had to be begun again, or in no need of being given.
            if (last !== undefined && compareKeys(key, last) <= 0) continue
            last = key
            yield object
          }
          attempt = 1
        }
        this.#answered = true
        return
      } catch (error) {
        const wait = this.#again(error, attempt)
        if (wait === false) throw told(error, this.#answered)
        await pause(wait, attempt, { signal: this.#signal })
      }
    }
  }

  get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; etag: string } | undefined> {
    return this.#try(() => this.#ask('get', key, () => this.#backend.get(this.#prefix + key)))
  }

  /**
   * Writes an object.
   * @throws {BackendError} of kind `precondition` where `ifMatch` did not hold
   */
  put(key: string, source: Source, options: PutOptions): Promise<{ etag: string }> {
    return this.#try(() =>
      this.#ask('put', key, () => this.#backend.put(this.#prefix + key, source, options)),
    )
  }

  /**
   * Changes what is stored beside the content of an object.
   * @throws {BackendError} of kind `precondition` where it is no longer the one of `ifMatch`
   */
  rewrite(key: string, options: RewriteOptions): Promise<{ etag: string }> {
    return this.#try(() =>
      this.#ask('rewrite', key, () => this.#backend.rewrite!(this.#prefix + key, options)),
    )
  }

  /** Removes at most {@link maxRemove} objects. */
  remove(keys: readonly string[]): Promise<void> {
    const named = keys.map((key) => this.#prefix + key)
    return this.#try(() => this.#ask('remove', keys[0], () => this.#backend.remove(named)))
  }

  /** From here on this signal is heeded; none, where what is left is to record what was done. */
  heed(signal: AbortSignal | undefined): void {
    this.#signal = signal
  }

  close(): void {
    this.#backend.close?.()
  }

  async *#pages(prefix: string, after?: string): AsyncGenerator<StoredObject[], void, undefined> {
    let pages = 0
    this.requests.list++
    const from = after === undefined ? undefined : this.#prefix + after
    for await (const page of this.#backend.list(prefix, from)) {
      throwIfAborted(this.#signal)
      if (pages++ > 0) this.requests.list++
      yield page.map((object) => ({ ...object, key: object.key.slice(this.#prefix.length) }))
    }
  }

  #ask<T>(kind: keyof Requests, key: string | undefined, request: () => Promise<T>): Promise<T> {
    const counted = () => {
      this.requests[kind]++
      return request()
    }
    // A lock has to be renewed in time, whatever else is waiting.
    return key?.startsWith(ownKeys) ? counted() : this.#pace.use(counted, isBusy)
  }

  async #try<T>(work: () => Promise<T>): Promise<T> {
    try {
      const signal = this.#signal
      const result = await retry(work, (error, attempt) => this.#again(error, attempt), { signal })
      this.#answered = true
      return result
    } catch (error) {
      throw told(error, this.#answered)
    }
  }

  #again(error: unknown, attempt: number): false | number | true {
    if (!(error instanceof BackendError)) return false
    if (error.kind !== 'unavailable') this.#answered = true
    if (error.kind !== 'unavailable' && error.kind !== 'throttled') return false
    const tries = !this.#answered ? impatience : isBusy(error) ? patienceWithBusy : patience
    return attempt < tries && (error.retryAfter ?? true)
  }
}

const isBusy = (error: unknown) => error instanceof BackendError && error.kind === 'throttled'
