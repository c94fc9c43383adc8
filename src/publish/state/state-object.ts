import { DistillError } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import { conditionalPut } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'
import type { StateRecord } from './record.ts'
import { formatState, parseState, type State, type StateHeader } from './state.ts'

const key = `${ownKeys}state.json`

/** The object in the target that holds the target's state. */
export class StateObject {
  readonly #store: Store
  /** Of the version that the next write replaces; `null` where there is none. */
  #etag: string | null = null

  constructor(store: Store) {
    this.#store = store
  }

  /** Reads the state; `undefined` where there is none, or, with `unreadable`, where it cannot be parsed. */
  async read(): Promise<{ state: State | undefined; unreadable: boolean }> {
    const object = await this.#store.get(key)
    this.#etag = object?.etag ?? null
    const state = object && parseState(object.body)
    return { state, unreadable: object !== undefined && state === undefined }
  }

  /** Whether the state in the target is still the one that was read. */
  async isCurrent(): Promise<boolean> {
    const [object] = await this.#store.list(key)
    return (object?.etag ?? null) === this.#etag
  }

  /**
   * Replaces the state that was read. Without conditional writes, whatever is there is replaced.
   * @param signal Stops the write. Leave it out to write after an abort.
   * @throws {DistillError} `LOCKED` where another publish wrote the state meanwhile
   */
  async write(
    header: StateHeader,
    records: () => Iterable<StateRecord>,
    signal?: AbortSignal,
  ): Promise<void> {
    const body = formatState(header, records)
    const result = await conditionalPut(this.#store.withSignal(signal), key, body, this.#etag)
    if (!('etag' in result)) {
      throw new DistillError('LOCKED', `another publish to \`${this.#store.name}\` is under way`, {
        hint: 'Wait until it has ended, then publish again.',
      })
    }
    this.#etag = result.etag
  }
}
