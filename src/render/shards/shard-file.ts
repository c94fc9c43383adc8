import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createTarDecoder } from 'modern-tar'
import type { Bodies } from '../messages.ts'
import {
  type PackedPage,
  type ShardEnd,
  type ShardHeader,
  endEntry,
  firstEntry,
  pagesEntry,
  sealEntry,
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
  /** The contents of the entries that are not of pages. */
  const texts = new Map<string, string>()
  try {
    for await (const { name, body } of entriesIn(path)) {
      if (name !== sealEntry) hash.update(name)
      if (otherEntries.has(name)) {
        const content = await text(body)
        if (name !== sealEntry) hash.update(content)
        texts.set(name, content)
      } else for await (const bytes of body) hash.update(bytes)
    }
  } catch (error) {
    // A disk that cannot read it, for example. What is no tar has no code.
    const { code } = error as NodeJS.ErrnoException
    if (code !== undefined && !['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) throw error
    return undefined
  }
  if (texts.size < otherEntries.size || texts.get(sealEntry) !== hash.digest('hex')) return undefined
  const header = JSON.parse(texts.get(firstEntry)!) as ShardHeader
  const end = JSON.parse(texts.get(endEntry)!) as ShardEnd
  return { path, header, end, batches: () => batchesIn(path) }
}

const otherEntries: ReadonlySet<string> = new Set([firstEntry, endEntry, sealEntry])

async function* batchesIn(path: string): AsyncGenerator<PackedBatch, void, undefined> {
  let pages: PackedPage[] = []
  for await (const { name, size, body } of entriesIn(path)) {
    if (pagesEntry.test(name)) {
      const lines = (await text(body)).split('\n')
      pages = lines.map((line) => JSON.parse(line) as PackedPage)
    } else if (otherEntries.has(name)) await text(body)
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

/** The entries of a tar. The body of each has to be read before the next one: `cancel()` may stop the decoder for good. */
async function* entriesIn(path: string) {
  const file = Readable.toWeb(createReadStream(path, { highWaterMark: readSize })) as ReadableStream<
    Uint8Array<ArrayBuffer>
  >
  for await (const { header, body } of file.pipeThrough(createTarDecoder({ strict: true })))
    yield { name: header.name, size: header.size, body }
}
