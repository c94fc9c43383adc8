import { expect, test } from 'vitest'
import { BackendError, type Backend } from '../../src/backends/backend.ts'
import { withStatePlace } from '../../src/backends/state-place.ts'
import { sourceOf } from './source.ts'
import { removeKeys } from './storage.ts'

const key = '.vite-distill/state.json'

/** A storage in memory. A call of `fail` before a write may throw; one after it loses the response. */
function memory(name: string) {
  const objects = new Map<string, string>()
  const fail = { before: () => {}, after: () => {} }
  const backend = {
    name,
    maxRemove: 1000,
    conditional: true,
    conditionalRemove: false,
    keepsHeaders: true,
    async *list(prefix: string) {
      yield [...objects.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => ({ key, size: 1, etag: '1', modified: 1 }))
    },
    async get(key: string) {
      const text = objects.get(key)
      return text === undefined ? undefined : { body: new Uint8Array(Buffer.from(text)), etag: '1' }
    },
    async put(key, source, { ifMatch }) {
      fail.before()
      if (ifMatch === null && objects.has(key)) throw new BackendError('precondition', 'it exists')
      objects.set(key, Buffer.from(await source.read()).toString())
      fail.after()
      return { etag: '1' }
    },
    async remove(removed) {
      for (const { key } of removed) objects.delete(key)
      return []
    },
  } satisfies Backend
  return { objects, fail, backend }
}

function both() {
  const [target, place] = [memory('target/'), memory('place/')]
  return {
    target,
    place,
    /** Each process opens it anew. */
    open: () => withStatePlace(target.backend, place.backend, 'www/', { target: 'www', place: 'state' }),
  }
}

const write = (backend: Backend) => backend.put(key, sourceOf('state'), { headers: {}, ifMatch: null })
const once = (work: () => void) => {
  let done = false
  return () => {
    if (done) return
    done = true
    work()
  }
}
const lost = () => {
  throw new BackendError('unavailable', 'lost')
}

test('a publish that dies between the marker and the state is repaired by the next one', async () => {
  const { target, place, open } = both()
  place.fail.before = once(lost)
  const first = open()
  expect(await first.get(key)).toBeUndefined()
  await expect(write(first)).rejects.toThrow('lost')
  expect([...target.objects.keys()]).toEqual([key])
  const second = open()
  expect(await second.get(key)).toBeUndefined()
  await write(second)
  expect(Object.fromEntries(place.objects)).toEqual({ [`www/${key}`]: 'state' })
})

test('a lost response to the marker is no conflict', async () => {
  const { target, place, open } = both()
  target.fail.after = once(lost)
  const backend = open()
  await backend.get(key)
  await expect(write(backend)).rejects.toThrow('lost')
  await write(backend)
  expect(place.objects.get(`www/${key}`)).toBe('state')
})

test('a state that appears in the target before the first write is not overwritten', async () => {
  const { target, place, open } = both()
  const backend = open()
  await backend.get(key)
  target.objects.set(key, 'of a config without the option')
  await expect(write(backend)).rejects.toMatchObject({ code: 'STATE_MISPLACED' })
  expect(place.objects.size).toBe(0)
  expect(target.objects.get(key)).toBe('of a config without the option')
})

test('own objects and those of the site are removed from their places', async () => {
  const { target, place, open } = both()
  const backend = open()
  await backend.put('a', sourceOf('a'), { headers: {} })
  await backend.put('blog/.vite-distill/lock.json', sourceOf('l'), { headers: {} })
  expect([...target.objects.keys(), ...place.objects.keys()]).toEqual([
    'a',
    'www/blog/.vite-distill/lock.json',
  ])
  await removeKeys(backend, ['a', 'blog/.vite-distill/lock.json', 'missing'])
  expect([...target.objects.keys(), ...place.objects.keys()]).toEqual([])
})
