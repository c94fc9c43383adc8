import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Backend, StoredObject } from '../../../src/backends/backend.ts'
import { compareKeys } from '../../../src/keys.ts'
import { decodeRange } from '../../../src/publish/state/range.ts'
import type { StateRecord } from '../../../src/publish/state/record.ts'
import type { RecordChange } from '../../../src/publish/state/rewrite.ts'
import { StateObject } from '../../../src/publish/state/state-object.ts'
import { openStore } from '../../../src/publish/store/store.ts'
import { header, pending, record } from '../samples.ts'

/** A storage in memory, with the keys that were read, written and removed since `requests` was emptied. */
function memory() {
  const objects = new Map<string, { body: Uint8Array<ArrayBuffer>; etag: string }>()
  const requests: string[] = []
  let version = 0
  const backend: Backend = {
    name: 'memory:/',
    maxRemove: 1000,
    conditional: false,
    conditionalRemove: true,
    keepsHeaders: true,
    sorted: true,
    async *list(prefix) {
      const found: StoredObject[] = []
      for (const [key, { body, etag }] of objects)
        if (key.startsWith(prefix)) found.push({ key, size: body.length, etag, modified: 0 })
      yield found.sort((a, b) => compareKeys(a.key, b.key))
    },
    async get(key) {
      requests.push(`get ${key}`)
      return objects.get(key)
    },
    async put(key, source) {
      requests.push(`put ${key}`)
      const etag = `e${version++}`
      objects.set(key, { body: await source.read(), etag })
      return { etag }
    },
    async remove(known) {
      for (const { key } of known) {
        requests.push(`remove ${key}`)
        objects.delete(key)
      }
      return []
    },
  }
  const store = openStore(backend, undefined)
  return { objects, requests, open: () => new StateObject(store) }
}

const stateKey = '.vite-distill/state.json'
const headers = new Map([['h1', { headers: { 'content-type': 'text/html' } }]])
const set = (record: StateRecord): RecordChange => ({ key: record.key, recordAfter: () => record })
const drop = (key: string): RecordChange => ({ key, recordAfter: () => undefined })
const changed = (...changes: RecordChange[]) => ({
  changes: () => changes.sort((a, b) => compareKeys(a.key, b.key)),
  headers,
})
const kindOf = (request: string) => request.replace(/[0-9a-f]{32}/, 'x').replace('.vite-distill/', '')
const pageOf = (i: number, more = {}) => record(`p/${String(i).padStart(6, '0')}`, more)
const pages = (count: number) => Array.from({ length: count }, (_, i) => pageOf(i))

/** Opens the state anew and returns its records. */
async function read({ open }: ReturnType<typeof memory>) {
  const { state, damaged } = await open().read()
  expect(damaged).toBe(false)
  return [...(state?.records() ?? [])]
}

test('a small state is one JSON document: what is read is what was written', async () => {
  const records = [
    record('"quotes" & ünïcode', { unverified: true }),
    record('b', { modified: undefined, kind: 'hashed' }),
    record('b1', { encoding: 'br' }),
    record('b2', { kind: 'hashed', left: { deploy: 3, at: 5 }, encoding: 'gzip', unverified: true }),
    record('b3', { wrong: true }),
    record('b4', { page: '{"url":"/b4"}\t{}' }),
    pending('c', null),
    pending('d', 'e9'),
  ]
  const target = memory()
  const state = target.open()
  expect(await state.read()).toEqual({ state: undefined, damaged: false })
  await state.write(header, changed(...records.map(set)))
  expect(await read(target)).toEqual(records)
  const { state: found } = await target.open().read()
  expect(found!.header).toEqual(header)
  expect([...found!.stored()][0]!.stored).toEqual(headers.get('h1'))
  const text = Buffer.from(target.objects.get(stateKey)!.body).toString()
  expect(JSON.parse(text)).toMatchObject({ version: 2, siteId: 'x', records: { length: 8 } })
})

test('a change in a large state writes one range and the index', async () => {
  const target = memory()
  const state = target.open()
  await state.read()
  await state.write(header, changed(...pages(30_000).map(set)))
  expect(target.objects.size).toBe(6)
  target.requests.length = 0

  const next = target.open()
  await next.read()
  expect(target.requests.length).toBe(6)
  target.requests.length = 0
  const edited = pageOf(12_345, { etag: 'e2' })
  await next.write(header, changed(set(edited)))
  expect(target.requests.map(kindOf)).toEqual(['put ranges/x.gz', 'put state.json'])
  target.requests.length = 0
  await next.removeUnused()
  expect(target.requests.map(kindOf)).toEqual(['remove ranges/x.gz'])
  expect(await read(target)).toEqual(pages(30_000).with(12_345, edited))
})

test('one key needs the index and its range', async () => {
  const target = memory()
  const state = target.open()
  await state.read()
  await state.write(header, changed(...pages(30_000).map(set)))
  target.requests.length = 0

  const next = target.open()
  const edited = pageOf(20_000, { etag: 'e2' })
  const { state: found } = await next.read([edited.key, 'a'])
  expect([...found!.records()]).toContainEqual(pageOf(20_000))
  await next.writePending(header, changed(set(pending('a', null))))
  await next.write(header, changed(set(edited), set(record('a'))))
  expect(target.requests.map(kindOf)).toEqual([
    'get state.json',
    'get ranges/x.gz',
    'get ranges/x.gz',
    'put state.json',
    'put ranges/x.gz',
    'put ranges/x.gz',
    'put state.json',
  ])
  expect(await read(target)).toEqual([record('a'), ...pages(30_000).with(20_000, edited)])
})

test('what a publish that died was about to write stays until a publish deals with it', async () => {
  const target = memory()
  const state = target.open()
  await state.read()
  await state.write(header, changed(...pages(12_000).map(set)))
  await state.writePending(header, changed(set(pending('a', null)), set(pending('z', 'e9'))))
  const all = [pending('a', null), ...pages(12_000), pending('z', 'e9')]
  expect(await read(target)).toEqual(all)

  // A few pages, of another range.
  const few = target.open()
  await few.read([pageOf(6000).key])
  await few.write(header, changed(set(pageOf(6000, { etag: 'e2' }))))
  expect(await read(target)).toEqual(all.with(6001, pageOf(6000, { etag: 'e2' })))

  const whole = target.open()
  await whole.read()
  await whole.write(header, changed(drop('z'), set(record('a'))))
  expect(await read(target)).toEqual([record('a'), ...pages(12_000).with(6000, pageOf(6000, { etag: 'e2' }))])
})

test('ranges are split, joined and dropped, and any sequence of changes gives the same records', async () => {
  const target = memory()
  const expected = new Map<string, StateRecord>()
  let seed = 7
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below
  let version = 0
  for (const [changes, space] of [
    [9000, 60_000],
    [14_000, 60_000],
    [1, 60_000],
    [5000, 1000],
    [6000, 4000],
    [20_000, 60_000],
  ] as const) {
    const byKey = new Map<string, RecordChange>()
    for (let i = 0; i < changes; i++) {
      const page = pageOf(random(space), { etag: `v${version++}` })
      byKey.set(page.key, random(3) === 0 ? drop(page.key) : set(page))
    }
    // All of a stretch goes.
    for (let i = 20_000; i < 32_000; i++) byKey.set(pageOf(i).key, drop(pageOf(i).key))
    for (const { key, recordAfter } of byKey.values()) {
      const after = recordAfter(undefined)
      if (after) expected.set(key, after)
      else expected.delete(key)
    }
    const state = target.open()
    await state.read()
    await state.write(header, changed(...byKey.values()))
    await state.removeUnused()
    const sorted = [...expected.values()].sort((a, b) => compareKeys(a.key, b.key))
    expect(await read(target)).toEqual(sorted)
    const counts = [...(await target.open().read()).state!.ranges].map(({ ref }) => ref.count)
    expect(Math.max(...counts, 0)).toBeLessThanOrEqual(10_000)
    // No object is left that the index does not name.
    expect(target.objects.size).toBe(counts.length + 1)
  }
})

test('a range that is lost or changed is damage; one that another publish replaced is not', async () => {
  const target = memory()
  const state = target.open()
  await state.read()
  await state.write(header, changed(...pages(12_000).map(set)))
  const index = target.objects.get(stateKey)!
  await state.write(header, changed(set(pageOf(1, { etag: 'e2' }))))
  await state.removeUnused()

  // A reader that got the index before, and asks for its ranges now.
  const newer = target.objects.get(stateKey)!
  target.objects.set(stateKey, index)
  const reader = target.open()
  const reading = reader.read()
  target.objects.set(stateKey, newer)
  expect((await reading).damaged).toBe(false)

  const [key] = [...target.objects.keys()].filter((key) => key !== stateKey)
  const range = target.objects.get(key!)!
  target.objects.delete(key!)
  expect(await target.open().read()).toMatchObject({ damaged: true, state: { header } })
  target.objects.set(key!, { ...range, body: range.body.slice(0, -1) })
  const { state: damaged } = await target.open().read()
  expect([...damaged!.records()]).toEqual([])
})

test('a range that no publish wrote is damage, though its name fits', async () => {
  for (const text of ['{}\n["a","?"]\n', 'no JSON', '{}\n["a","p","h1","e1",1,1,"s1"']) {
    const body = gzipSync(text)
    expect(() => [...decodeRange(body).records]).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }))
  }
  expect(() => decodeRange(Buffer.from('no gzip'))).toThrow(
    expect.objectContaining({ code: 'STATE_DAMAGED', exitCode: 3 }),
  )
})

test('a state of version 1 is read, and replaced by the next write', async () => {
  const target = memory()
  const lines = [
    ['a', 'p', 'h1', 'e1', 1, 1, 's1'],
    ['b', 'h', 'h1', 'e1', 1, 1, 's1', { l: { deploy: 3, at: 5 } }],
    ['c', 'p', 'h1', null],
  ].map((row) => JSON.stringify(row))
  const first = JSON.stringify({ version: 1, ...header }).slice(0, -1)
  const put = (text: string) =>
    target.objects.set(stateKey, { body: new TextEncoder().encode(text), etag: 'old' })
  put(`${first},"objects":[\n${lines.join(',\n')}\n]}\n`)
  const records = [
    record('a'),
    record('b', { kind: 'hashed', left: { deploy: 3, at: 5 } }),
    pending('c', null),
  ]
  const state = target.open()
  const { state: found } = await state.read()
  expect(found!.header).toEqual(header)
  expect([...found!.records()]).toEqual(records)
  await state.write(header, changed(set(record('c'))))
  expect(JSON.parse(Buffer.from(target.objects.get(stateKey)!.body).toString())).toMatchObject({ version: 2 })
  expect(await read(target)).toEqual([...records.slice(0, 2), record('c')])

  put(`${first},"objects":[\n${lines.join(',\n')}\n`)
  expect(await target.open().read()).toMatchObject({ damaged: true })
})
