import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Pack } from '../../../src/render/shards/pack.ts'
import { openShard } from '../../../src/render/shards/shard-file.ts'
import { random } from '../cache/random.ts'

const header = { version: 1, plan: 'an id', index: 2, of: 3 } as const
let dir: string
let path: string
let right: Buffer

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vite-distill-shard-'))
  path = join(dir, 'static.shard-2-of-3')
  const pack = new Pack(path, header, [3, 5, 7, 11])
  const page = (index: number) => ({ index, key: `${index}/ü.html`, status: 200, headers: {}, ms: 1 })
  await pack.write([page(0), page(1)], { ends: [0, 5], bytes: new Uint8Array(Buffer.from('hello')) })
  await pack.write([], { ends: [], bytes: new Uint8Array(Buffer.from('of pages that were left out')) })
  for (const offset of [0, 4]) {
    const bytes = new Uint8Array(Buffer.from('part and more'))
    await pack.writePart({ type: 'part', key: page(2).key, offset, length: 4, bytes })
  }
  await pack.finish(page(2))
  const failures = [{ index: 3, message: 'it failed', error: { message: 'no', stack: 'at a.ts' } }]
  await pack.end({ unmodified: [1], dropped: [2, 3], failures, ms: 12 })
  await pack.close()
  right = await readFile(path)
})
afterAll(() => rm(dir, { recursive: true }))

/** All that is in a file, with the bodies; undefined if it is refused. */
async function contentOf(bytes: Uint8Array): Promise<unknown> {
  const copy = join(dir, 'copy')
  await writeFile(copy, bytes)
  const shard = await openShard(copy)
  if (!shard) return undefined
  const batches: unknown[] = []
  for await (const batch of shard.batches())
    batches.push([batch.pages, 'bodies' in batch && [batch.bodies.ends, String(batch.bodies.bytes)]])
  return { header: shard.header, end: shard.end, batches }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

it('has all that was rendered, by the places of the plan, and nothing stays beside it', async () => {
  expect(await contentOf(right)).toMatchObject({
    header,
    end: {
      unmodified: [5],
      dropped: [7, 11],
      failures: [{ index: 11, message: 'it failed', error: { message: 'no', stack: 'at a.ts' } }],
      ms: 12,
    },
    batches: [
      [
        [
          { index: 3, key: '0/ü.html', content: { size: 0, sha256: sha256('') } },
          { index: 5, key: '1/ü.html', content: { size: 5, sha256: sha256('hello') } },
        ],
        [[0, 5], String(Buffer.from('hello'))],
      ],
      [[{ index: 7, content: { size: 8, sha256: sha256('partpart') } }], [[8], expect.anything()]],
    ],
  })
  expect((await readdir(dir)).filter((name) => name !== 'copy')).toEqual(['static.shard-2-of-3'])
})

it('that was cut short or changed is refused, unless its content is the same', async () => {
  const content = await contentOf(right)
  const next = random(1)
  const below = (n: number) => Math.floor(next() * n)
  const end = right.lastIndexOf('sha256') + 64
  for (let i = 0; i < 300; i++) {
    const length = below(right.length)
    // After the last byte of its content, there is only padding.
    const found = await contentOf(right.subarray(0, length))
    expect(found, `cut to ${length}`).toEqual(length > end && found ? content : undefined)
  }
  let refused = 0
  for (let i = 0; i < 600; i++) {
    const at = below(right.length)
    const copy = Buffer.from(right)
    copy[at]! ^= 1 << below(8)
    const found = await contentOf(copy)
    if (found) expect(found, `byte ${at}`).toEqual(content)
    else refused++
    // Only what fills an entry up belongs to no content.
    if (found) expect(right[at], `byte ${at}`).toBe(0)
  }
  expect(refused).toBeGreaterThan(200)
})

it('has each entry once, and none after its checksum', async () => {
  const blocks = right.subarray(0, right.length - 1024)
  expect(await contentOf(Buffer.concat([blocks, right]))).toBeUndefined()
  // The first page again, with its bodies.
  const again = right.subarray(1024, 1024 + 4 * 512)
  expect(
    await contentOf(Buffer.concat([right.subarray(0, 1024), again, right.subarray(1024)])),
  ).toBeUndefined()
  expect(await contentOf(Buffer.concat([blocks, again, Buffer.alloc(1024)]))).toBeUndefined()
})

it('may begin with a page whose body is read in parts', async () => {
  const large = join(dir, 'large')
  const pack = new Pack(large, header, [0])
  const bytes = new Uint8Array(3_000_000).fill(1)
  const [page] = await pack.write([{ index: 0, key: 'a', status: 200, headers: {}, ms: 1 }], {
    ends: [bytes.length],
    bytes,
  })
  await pack.end({ unmodified: [], dropped: [], failures: [], ms: 1 })
  await pack.close()
  const hash = createHash('sha256')
  for await (const batch of (await openShard(large))!.batches())
    if ('body' in batch) for await (const part of batch.body) hash.update(part)
  expect(hash.digest('hex')).toBe(page!.sha256)
  await rm(large)
})

it.each(['', 'text', '{}\n', 'PK\u0003\u0004', '\0'.repeat(1024), '\0'.repeat(100_000)])(
  'that is something else is refused: %j',
  async (text) => {
    expect(await contentOf(Buffer.from(text))).toBeUndefined()
  },
)

it('that is no file is refused', async () => {
  expect(await openShard(dir)).toBeUndefined()
  expect(await openShard(join(dir, 'none'))).toBeUndefined()
  expect(await openShard(join(path, 'none'))).toBeUndefined()
})
