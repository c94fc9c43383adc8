import { createHash } from 'node:crypto'
import { BackendError } from '../backends/backend.ts'
import { DistillError } from '../errors.ts'
import { ownKeys } from './site.ts'
import { formatState, parseState, type State, type StateHeader, type StateRecord } from './state.ts'
import type { Store } from './store.ts'

const key = `${ownKeys}state.json`

/** The state of a target, where it is kept: in the target. */
export class StateObject {
  readonly #store: Store
  /** Of the version that the next write must replace; `null` where there is none. */
  #etag: string | null = null

  constructor(store: Store) {
    this.#store = store
  }

  /** The state, if there is one that can be read; `damaged` if there is one that cannot. */
  async read(): Promise<{ state: State | undefined; damaged: boolean }> {
    const object = await this.#store.get(key)
    this.#etag = object?.etag ?? null
    const state = object && parseState(object.body)
    return { state, damaged: object !== undefined && state === undefined }
  }

  /**
   * Writes the state over the one that was read, where the storage can tell.
   * @throws {DistillError} `LOCKED` where another publish wrote it meanwhile
   */
  async write(header: StateHeader, records: Iterable<StateRecord>): Promise<void> {
    const body = formatState(header, records)
    const source = {
      size: body.length,
      md5: createHash('md5').update(body).digest('hex'),
      read: async (start?: number, end?: number) => body.subarray(start, end),
    }
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    const condition = this.#store.conditional ? { ifMatch: this.#etag } : {}
    try {
      this.#etag = (await this.#store.put(key, source, { headers, ...condition })).etag
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      // The first try may have worked and its answer been lost: then what is there is this very state.
      const found = await this.#store.get(key)
      if (!found || Buffer.compare(found.body, body) !== 0) throw this.#overtaken(error)
      this.#etag = found.etag
    }
  }

  #overtaken(cause: unknown): DistillError {
    return new DistillError('LOCKED', `another publish to \`${this.#store.name}\` is under way`, {
      hint: 'Wait until it has ended, then publish again.',
      cause,
    })
  }
}
