import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { s3Backend } from '../../../src/backends/s3.ts'
import { openStore, type Store } from '../../../src/publish/store/store.ts'
import { sourceOf } from '../../backends/source.ts'
import { startS3, type S3Server } from '../../servers/s3.ts'

const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
const kept = '.vite-distill/objects/1'

let server: S3Server
let store: Store
let source: string

beforeAll(async () => {
  server = await startS3({ ...keys, buckets: ['www'] })
})
afterAll(() => server.stop())
beforeEach(async () => {
  server.fault = undefined
  server.buckets.get('www')!.objects.clear()
  const backend = await s3Backend({ backend: 's3', bucket: 'www', endpoint: server.url, ...keys })
  store = openStore(backend, 'blog')
  source = (await put('page.html', 'page')).etag
  server.requests.length = 0
})

const put = (key: string, content: string) => store.put(key, sourceOf(content), { headers: {} })
const copy = (ifMatch?: string | null, by = store) =>
  by.copy('page.html', kept, { headers: {}, ifSourceMatch: source, ifMatch })
const stored = (key: string) => server.buckets.get('www')!.objects.get(`blog/${key}`)?.body.toString()
const requested = (operation: string) => server.requests.filter((request) => request.operation === operation)

/** The first request for a copy fails. The second one waits for `work`. */
function failThen(fault: 'lost' | 'reset', work = async (): Promise<unknown> => undefined) {
  server.fault = ({ operation }) => {
    if (operation !== 'CopyObject') return undefined
    if (requested(operation).length === 1) return fault
    server.fault = undefined
    return work().then(() => {})
  }
}

test('a copy is made below the prefix by one request, and counted', async () => {
  expect(store.canCopy).toBe(true)
  const { etag } = await copy(null)
  expect(stored(kept)).toBe('page')
  expect((await store.get(kept))!.etag).toBe(etag)
  expect(requested('CopyObject')).toHaveLength(1)
  expect(store.requests).toMatchObject({ copy: 1, rewrite: 0 })
})

test.each(['none', 'another'])('a copy whose response was lost is done, over %s', async (what) => {
  const ifMatch = what === 'none' ? null : (await put(kept, 'old')).etag
  failThen('lost')
  const { etag } = await copy(ifMatch)
  expect((await store.get(kept))!.etag).toBe(etag)
  expect(stored(kept)).toBe('page')
  expect(store.requests.copy).toBe(2)
})

test("another's object is no copy of ours, and one of the same content that was there before is none", async () => {
  failThen('reset', () => put(kept, 'other'))
  await expect(copy(null)).rejects.toMatchObject({ kind: 'precondition' })
  expect(stored(kept)).toBe('other')
  await put(kept, 'page')
  await expect(copy(null)).rejects.toMatchObject({ kind: 'precondition' })
})

test('where the object to copy changes before the second attempt, there is no copy', async () => {
  failThen('reset', () => put('page.html', 'new'))
  await expect(copy(null)).rejects.toMatchObject({ kind: 'precondition' })
  expect(stored(kept)).toBeUndefined()
})

test('nothing is sent where the guard throws', async () => {
  const guarded = store.withGuard(() => {
    throw new Error('the lock is lost')
  })
  await expect(copy(null, guarded)).rejects.toThrow('the lock is lost')
  expect(server.requests).toEqual([])
})

test('without retries, a copy is one request', async () => {
  server.fault = () => ({ status: 503, code: 'SlowDown' })
  await expect(copy(null, store.withoutRetry())).rejects.toMatchObject({ code: 'TRANSFER_FAILED' })
  expect(server.requests).toHaveLength(1)
})
