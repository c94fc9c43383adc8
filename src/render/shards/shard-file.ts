import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createTarDecoder } from 'modern-tar'
import type { Bodies } from '../messages.ts'
import {
  type PackedPage,
  type ShardEnd,
  type ShardHeader,
  firstEntry,
  lastEntry,
  pagesEntry,
} from './pack.ts'

/** Bytes that one read takes. */
const readSize = 1 << 18
/** A page whose body has more bytes is read in parts. */
const maxHeld = 1 << 20

/** Pages of a shard with their bodies, or one whose body is large. */
export type PackedBatch =
  | { pages: PackedPage[]; bodies: Bodies }
  | { pages: [PackedPage]; body: AsyncIterable<Uint8Array> }

/** The file of a shard. */
export interface ShardFile {
  path: string
  header: ShardHeader
  end: ShardEnd
  /** Reads the rendered pages. */
  batches(): AsyncGenerator<PackedBatch, void, undefined>
}

/**
 * Opens the file of a shard. All of it is read once, before any of it is used.
 * @returns Undefined if it is not what a shard wrote: cut short, changed or no such file at all
 */
export async function openShard(path: string): Promise<ShardFile | undefined> {
  const hash = createHash('sha256')
  let header: ShardHeader | undefined
  let end: ShardEnd | undefined
  try {
    for await (const { name, body } of entriesIn(path)) {
      if (name === lastEntry) {
        end = JSON.parse(await text(body)) as ShardEnd
        continue
      }
      hash.update(name)
      if (name === firstEntry) {
        const json = await text(body)
        hash.update(json)
        header = JSON.parse(json) as ShardHeader
      } else for await (const bytes of body) hash.update(bytes)
    }
  } catch (error) {
    if (existsSync(path) && !(error instanceof SyntaxError)) throw error
    return undefined
  }
  if (!header || end?.sha256 !== hash.digest('hex')) return undefined
  return { path, header, end, batches: () => batchesIn(path) }
}

async function* batchesIn(path: string): AsyncGenerator<PackedBatch, void, undefined> {
  let pages: PackedPage[] = []
  for await (const { name, size, body } of entriesIn(path)) {
    if (pagesEntry.test(name)) {
      const lines = (await text(body)).split('\n')
      pages = lines.map((line) => JSON.parse(line) as PackedPage)
    } else if (name === firstEntry || name === lastEntry) await body.cancel()
    else if (pages.length === 1 && size > maxHeld) yield { pages: [pages[0]!], body }
    else yield { pages, bodies: await bodiesOf(pages, body, size) }
  }
}

async function bodiesOf(
  pages: readonly PackedPage[],
  body: AsyncIterable<Uint8Array>,
  size: number,
): Promise<Bodies> {
  // Not a part of Node's pool, which cannot go to another thread.
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  for await (const chunk of body) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  let end = 0
  return { bytes, ends: pages.map(({ content }) => (end += content.size)) }
}

/** The entries of a tar. The body of each has to be read, or cancelled, before the next one. */
async function* entriesIn(path: string) {
  const file = Readable.toWeb(createReadStream(path, { highWaterMark: readSize })) as ReadableStream<
    Uint8Array<ArrayBuffer>
  >
  for await (const { header, body } of file.pipeThrough(createTarDecoder()))
    yield { name: header.name, size: header.size, body }
}
