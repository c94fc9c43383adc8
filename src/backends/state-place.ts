import { DistillError } from '../errors.ts'
import { isOwnKey } from '../keys.ts'
import { isFailure, type Backend, type PlacedBackend } from './backend.ts'
import { sourceOf } from './source.ts'

/** What the target holds in place of its state: a config without the second place must not take it for unpublished. */
const marker = Buffer.from('{"version":"elsewhere"}\n')

/**
 * A target whose own objects (its state, its lock) are in a second place that visitors cannot read.
 * @param folder Where they are in the second place: other targets have other folders
 * @param names The bucket, the container or the folder that each of the two is
 */
export function withStatePlace(
  target: PlacedBackend,
  place: PlacedBackend,
  folder: string,
  names: { target: string; place: string },
): Backend {
  /** The states that are read and do not exist, where the target has no marker either. */
  const unmarked = new Set<string>()

  async function get(key: string) {
    if (!isOwnKey(key)) return target.get(key)
    const found = await place.get(folder + key)
    if (found || !key.endsWith('/state.json')) return found
    const here = await target.get(key)
    if (!here) unmarked.add(key)
    else if (!isMarker(here.body)) throw misplacedError(key)
    return undefined
  }

  async function mark(key: string): Promise<void> {
    if (!unmarked.has(key)) return
    try {
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
      const ifMatch = target.conditional ? null : undefined
      await target.put(key, sourceOf(marker), { headers, ifMatch })
    } catch (error) {
      if (!isFailure(error, 'precondition')) throw error
      // The response to an earlier attempt may have been lost.
      const here = await target.get(key)
      if (!here || !isMarker(here.body)) throw misplacedError(key)
    }
    unmarked.delete(key)
  }

  /** Removes the marker, before its state: with the state still there, the next attempt comes here again. */
  async function unmark(key: string): Promise<void> {
    const here = await target.get(key)
    if (here && isMarker(here.body)) await target.remove([{ key, etag: here.etag }])
  }

  const misplacedError = (key: string) =>
    new DistillError(
      'STATE_MISPLACED',
      `the state of \`${target.name}\` is \`${key}\` there, and not in \`${place.name}${folder}\` where the target says it is`,
      {
        hint: `Move it to \`${place.name}${folder}${key}\`, with all that is beside it, or leave out the option that says so.`,
      },
    )

  return {
    ...target,
    conditional: target.conditional && place.conditional,
    conditionalRemove: target.conditionalRemove && place.conditionalRemove,
    async *list(prefix, after) {
      if (!isOwnKey(prefix)) return yield* target.list(prefix, after)
      for await (const page of place.list(folder + prefix))
        yield page.map((object) => ({ ...object, key: object.key.slice(folder.length) }))
    },
    get,
    async put(key, source, options) {
      if (!isOwnKey(key)) return target.put(key, source, options)
      await mark(key)
      return place.put(folder + key, source, options)
    },
    // Within the storage too: what our own objects hold of the site must be as private as the state.
    copy:
      target.copy &&
      place.copy &&
      ((from, to, options) => {
        const [source, key] = isOwnKey(from) ? [names.place, folder + from] : [names.target, from]
        const copying = { ...options, place: source }
        return isOwnKey(to) ? place.copy!(key, folder + to, copying) : target.copy!(key, to, copying)
      }),
    async remove(objects) {
      const own = objects.filter(({ key }) => isOwnKey(key))
      const others = objects.filter(({ key }) => !isOwnKey(key))
      const left = others.length > 0 ? await target.remove(others) : []
      if (own.length === 0) return left
      for (const { key } of own) if (key.endsWith('/state.json')) await unmark(key)
      const ownLeft = await place.remove(own.map(({ key, etag }) => ({ key: folder + key, etag })))
      return [...left, ...ownLeft.map((key) => key.slice(folder.length))]
    },
    close() {
      target.close?.()
      place.close?.()
    },
  }
}

/** Whether the content of a state says that the state is elsewhere. */
export const isMarker = (body: Uint8Array): boolean => marker.equals(body)
