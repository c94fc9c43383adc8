import { isMarker } from '../../backends/state-place.ts'
import { DistillError } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import { conditionalPut } from '../store/conditional-put.ts'
import type { Store } from '../store/store.ts'
import type { StateRecord } from './record.ts'
import { formatState, parseState, stateVersion, versionOf, type State, type StateHeader } from './state.ts'

/** The key of the state. */
export const stateKey = `${ownKeys}state.json`

/** The object in the target that holds the target's state. */
export class StateObject {
  readonly #store: Store
  /** Of the version that the next write replaces; `null` where there is none. */
  #etag: string | null = null

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * Reads the state; `undefined` where there is none. A `damaged` one has no records, and may be `undefined` too.
   * @throws {DistillError} `STATE_UNKNOWN` for a state of a newer version, `STATE_MISPLACED` for one that is elsewhere
   */
  async read(): Promise<{ state: State | undefined; damaged: boolean }> {
    const object = await this.#store.get(stateKey)
    this.#etag = object?.etag ?? null
    if (!object) return { state: undefined, damaged: false }
    if (isMarker(object.body)) throw this.#misplacedError()
    const version = versionOf(object.body)
    if (version !== undefined && version > stateVersion) throw this.#unknownVersionError(version)
    const state = parseState(object.body)
    return { state, damaged: !state || state.damaged === true }
  }

  #misplacedError(): DistillError {
    return new DistillError(
      'STATE_MISPLACED',
      `the state of \`${this.#store.name}\` is kept in another place`,
      {
        hint: 'Give the target the option that says where, as in the config that published there last: `stateBucket`, `stateContainer` or `statePath`.',
      },
    )
  }

  #unknownVersionError(version: number): DistillError {
    const versions = `its state has version ${version}, and this vite-distill reads version ${stateVersion}`
    return new DistillError(
      'STATE_UNKNOWN',
      `\`${this.#store.name}\` was published to by a newer vite-distill: ${versions}`,
      { hint: 'Update vite-distill, then publish again.' },
    )
  }

  /** Whether the state in the target is still the one that was read. */
  async isCurrent(): Promise<boolean> {
    const [object] = await this.#store.list(stateKey)
    return (object?.etag ?? null) === this.#etag
  }

  /**
   * Replaces the state that was read. Without conditional writes, whatever is there is replaced.
   * @param store The view of the target's store to write through
   * @throws {DistillError} `LOCKED` where another publish wrote the state meanwhile
   */
  async write(header: StateHeader, records: () => Iterable<StateRecord>, store = this.#store): Promise<void> {
    const body = formatState(header, records)
    const result = await conditionalPut(store, stateKey, body, this.#etag)
    if (!('etag' in result)) {
      throw new DistillError('LOCKED', `another publish to \`${this.#store.name}\` is under way`, {
        hint: 'Wait until it has ended, then publish again.',
      })
    }
    this.#etag = result.etag
  }
}
