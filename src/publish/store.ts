import {
  BackendError,
  type Backend,
  type PutOptions,
  type Source,
  type StoredObject,
} from '../backends/backend.ts'
import { compareKeys } from '../manifest.ts'
import { told } from './failure.ts'
import { stopIfAsked } from './interrupted.ts'
import { retry } from './retry.ts'

/** Requests made to the storage, by kind. Each try counts. */
export interface Requests {
  list: number
  get: number
  put: number
  remove: number
}

const patience = 6
/** What never answered is probably a wrong address: say so soon. */
const impatience = 3

/** The prefix as keys begin with it: `blog` and `blog/` are the folder `blog/`, never `blog2/`. */
export const folderOf = (prefix = ''): string => prefix.replace(/\/*$/, /^\/*$/.test(prefix) ? '' : '/')

/**
 * The part of a storage that a target is. Keys are relative to its prefix; what may help is tried again;
 * requests are counted; failures are told in the words of the publish wing.
 */
export class Store {
  readonly requests: Requests = { list: 0, get: 0, put: 0, remove: 0 }
  /** What messages call it: `s3://www.example.com/blog/`. */
  readonly name: string
  /** The most keys that one {@link remove} takes. */
  readonly maxRemove: number
  readonly keepsHeaders: boolean
  readonly conditional: boolean
  readonly #backend: Backend
  readonly #prefix: string
  #signal: AbortSignal | undefined
  #answered = false

  constructor(backend: Backend, prefix: string | undefined, signal?: AbortSignal) {
    this.#backend = backend
    this.#prefix = folderOf(prefix)
    this.#signal = signal
    this.name = backend.name + this.#prefix
    this.maxRemove = backend.maxRemove
    this.keepsHeaders = backend.keepsHeaders
    this.conditional = backend.conditional
  }

  /** Everything whose key starts with `start`, sorted by key. Complete, or it throws. */
  async list(start = ''): Promise<StoredObject[]> {
    const objects = await this.#try(() => this.#listOnce(this.#prefix + start))
    const sorted = objects.every((object, i) => i === 0 || compareKeys(objects[i - 1]!.key, object.key) < 0)
    return sorted ? objects : objects.sort((a, b) => compareKeys(a.key, b.key))
  }

  get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; etag: string } | undefined> {
    return this.#try(() => {
      this.requests.get++
      return this.#backend.get(this.#prefix + key)
    })
  }

  /**
   * Writes an object.
   * @throws {BackendError} of kind `precondition` where `ifMatch` did not hold
   */
  put(key: string, source: Source, options: PutOptions): Promise<{ etag: string }> {
    return this.#try(() => {
      this.requests.put++
      return this.#backend.put(this.#prefix + key, source, options)
    })
  }

  /** Removes at most {@link maxRemove} objects. */
  remove(keys: readonly string[]): Promise<void> {
    return this.#try(() => {
      this.requests.remove++
      return this.#backend.remove(keys.map((key) => this.#prefix + key))
    })
  }

  /** From here on a request to stop is not heeded: what is left is to record what was done. */
  finish(): void {
    this.#signal = undefined
  }

  close(): void {
    this.#backend.close?.()
  }

  async #listOnce(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    let pages = 0
    this.requests.list++
    for await (const page of this.#backend.list(prefix)) {
      stopIfAsked(this.#signal)
      if (pages++ > 0) this.requests.list++
      for (const object of page) found.push({ ...object, key: object.key.slice(this.#prefix.length) })
    }
    return found
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

  #again(error: unknown, attempt: number): boolean | number {
    if (!(error instanceof BackendError)) return false
    if (error.kind !== 'unavailable') this.#answered = true
    if (error.kind !== 'unavailable' && error.kind !== 'throttled') return false
    return attempt < (this.#answered ? patience : impatience) && (error.retryAfter ?? true)
  }
}
