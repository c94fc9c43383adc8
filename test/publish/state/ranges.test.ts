import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend } from '../../../src/backends/backend.ts'
import { openBackend } from '../../../src/backends/open.ts'
import { isWritten } from '../../../src/publish/state/record.ts'
import type { RecordChange } from '../../../src/publish/state/rewrite.ts'
import { StateObject } from '../../../src/publish/state/state-object.ts'
import { openStore, type Store } from '../../../src/publish/store/store.ts'
import { sourceOf } from '../../backends/source.ts'
import { clouds, type Cloud } from '../clouds.ts'
import { header, pending, record } from '../samples.ts'

const stateKey = '.vite-distill/state.json'
const pageOf = (i: number, etag = 'e1') => record(`p/${String(i).padStart(6, '0')}`, { etag })
const pages = Array.from({ length: 12_000 }, (_, i) => pageOf(i))
const headers = new Map([['h1', { headers: { 'content-type': 'text/html' } }]])
const changed = (...records: Parameters<typeof set>[0][]) => ({ changes: () => records.map(set), headers })
const set = (one: ReturnType<typeof record> | ReturnType<typeof pending>): RecordChange => ({
  key: one.key,
  recordAfter: () => one,
})

describe.each([...clouds, ['directory', undefined] as const])('the state in ranges on %s', (_, start) => {
  let cloud: Cloud | undefined
  beforeAll(async () => {
    cloud = await start?.()
  })
  afterAll(() => cloud?.stop())

  /** An empty target with a state of 12,000 records. */
  async function target() {
    const path = mkdtempSync(join(tmpdir(), 'publish-'))
    const backend = await openBackend((await cloud?.target()) ?? { backend: 'directory', path }, '.')
    const store = openStore(backend, 'site')
    const state = new StateObject(store)
    await state.read()
    await state.write(header, changed(...pages))
    return { backend, store }
  }
  const read = async (store: Store) => [...(await new StateObject(store).read()).state!.records()]

  test('one change writes one range and the index, and what is unused goes', async () => {
    const { backend, store } = await target()
    const state = new StateObject(store)
    await state.read()
    const before = { ...store.requests }
    await state.writePending(header, changed(pending('a', null)))
    expect(store.requests.put - before.put).toBe(1)
    await state.write(header, changed(pageOf(7000, 'e2')))
    expect(store.requests.put - before.put).toBe(1 + 3)
    await state.write(header, changed(pageOf(7000, 'e3')))
    expect(store.requests.put - before.put).toBe(1 + 3 + 2)
    expect(await read(store)).toEqual([pending('a', null), ...pages.with(7000, pageOf(7000, 'e3'))])
    await state.removeUnused()
    expect(await keysOf(backend)).toHaveLength(1 + state.current.ranges.length)
    expect(await read(store)).toHaveLength(12_001)
    store.close()
  })

  test('of two writers, one is told', async () => {
    const { store } = await target()
    const [one, other] = [new StateObject(store), new StateObject(store)]
    await Promise.all([one.read(), other.read()])
    await one.write({ ...header, run: 'one' }, changed(pageOf(1, 'e2')))
    expect(await other.isCurrent()).toBe(false)
    await expect(other.write({ ...header, run: 'other' }, changed(pageOf(2, 'e3')))).rejects.toMatchObject({
      code: 'LOCKED',
    })
    expect((await read(store)).filter((found) => isWritten(found) && found.etag !== 'e1')).toEqual([
      pageOf(1, 'e2'),
    ])
    store.close()
  })

  test('a range that is lost is damage, and a state of version 1 is taken over', async () => {
    const { backend, store } = await target()
    const [range] = (await keysOf(backend)).filter((key) => key.includes('/ranges/'))
    await backend.remove([{ key: range!, etag: undefined }])
    expect(await new StateObject(store).read()).toMatchObject({ damaged: true, state: { header } })

    const rows = ['a', 'b'].map((key) => JSON.stringify([key, 'p', 'h1', 'e1', 1, 1, 's1']))
    const first = JSON.stringify({ version: 1, ...header }).slice(0, -1)
    const old = `${first},"objects":[\n${rows.join(',\n')}\n]}\n`
    await backend.put(`site/${stateKey}`, sourceOf(old), { headers: {} })
    const state = new StateObject(store)
    expect([...(await state.read()).state!.records()]).toEqual([record('a'), record('b')])
    await state.write(header, changed(record('c')))
    await state.removeUnused()
    expect(await read(store)).toEqual([record('a'), record('b'), record('c')])
    const body = (await backend.get(`site/${stateKey}`))!.body
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ version: 2 })
    store.close()
  })
})

async function keysOf(backend: Backend): Promise<string[]> {
  const keys: string[] = []
  for await (const page of backend.list('site/')) keys.push(...page.map(({ key }) => key))
  return keys
}
