import { ownKeys } from '../../keys.ts'
import { DistillError } from '../../errors.ts'
import { swap } from '../store/conditional-put.ts'
import { formatState, parseState, type State, type StateHeader, type StateRecord } from './state.ts'
import type { Store } from '../store/store.ts'

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

  /** Whether the state in the target still is the one that was read. */
  async isCurrent(): Promise<boolean> {
    const [object] = await this.#store.list(key)
    return (object?.etag ?? null) === this.#etag
  }

  /**
   * Writes the state over the one that was read, where the storage can tell.
   * @throws {DistillError} `LOCKED` where another publish wrote it meanwhile
   */
  async write(header: StateHeader, records: () => Iterable<StateRecord>): Promise<void> {
    const swapped = await swap(this.#store, key, formatState(header, records), this.#etag)
    if (!('etag' in swapped)) {
      throw new DistillError('LOCKED', `another publish to \`${this.#store.name}\` is under way`, {
        hint: 'Wait until it has ended, then publish again.',
      })
    }
    this.#etag = swapped.etag
  }
}
