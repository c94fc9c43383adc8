import { createHash } from 'node:crypto'
import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createTarPacker } from 'modern-tar'
import { writeFailed, writing } from '../../staging/write-failed.ts'
import { contentOf } from '../batch-buffer.ts'
import type {
  Bodies,
  BodyPart,
  Content,
  FromWriter,
  PageFailure,
  Rendered,
  WrittenFile,
} from '../messages.ts'
import type { PageWriter } from '../worker/pool.ts'
import { LargeBody } from './large-body.ts'
import { type Shard, draftOf } from './shard.ts'

/**
 * `shard.json`, the first entry of a shard's file, which is a tar. Then come the rendered pages, some at a time: of
 * `1.jsonl`, each line is a {@link PackedPage}; `1.bodies` has their bodies, one after the other. {@link ShardEnd}
 * follows, `end.json`, and then `sha256`: that of the names and contents of all entries before, in hex.
 */
export interface ShardHeader extends Shard {
  version: 1
  /** The id of its plan. */
  plan: string
}

/** A rendered page; its index is that in the plan. */
export interface PackedPage extends Rendered {
  content: Content
}

/** What a shard knows besides the pages that it rendered. Indexes are those in the plan. */
export interface ShardEnd {
  /** The app answered 304: the pages are those of the last build. */
  unmodified: number[]
  /** `transform` left these out. */
  dropped: number[]
  failures: PageFailure[]
  /** Milliseconds that rendering took. */
  ms: number
}

export const firstEntry = 'shard.json'
export const endEntry = 'end.json'
export const sealEntry = 'sha256'
export const pagesEntry = /^\d+\.jsonl$/

/** Writes the file of a shard, the pages as they come. It appears whole. */
export class Pack implements PageWriter {
  /** Of all bodies. */
  bytes = 0
  readonly #path: string
  readonly #draft: string
  readonly #places: readonly number[]
  readonly #tar = createTarPacker()
  readonly #hash = createHash('sha256')
  /** Resolves once all that was added is in the draft. */
  readonly #written: Promise<void>
  /** Bodies that come in parts, by key. */
  readonly #large = new Map<string, LargeBody>()
  /** Made so far: each has a name of its own. */
  #largeFiles = 0
  #last: Promise<void>
  #batches = 0
  #ended = false

  /** @param places For each page of the shard, its place in the plan */
  constructor(path: string, header: ShardHeader, places: readonly number[]) {
    this.#path = path
    this.#draft = draftOf(path)
    this.#places = places
    this.#written = pipeline(Readable.fromWeb(this.#tar.readable), createWriteStream(this.#draft))
    this.#last = this.#addText(firstEntry, JSON.stringify(header))
    // They are awaited later: until then, a rejection must not end the process.
    for (const promise of [this.#written, this.#last]) promise.catch(() => {})
  }

  async write(pages: readonly Rendered[], { ends, bytes }: Bodies): Promise<WrittenFile[]> {
    // `transform` may have left out all of them.
    if (pages.length === 0) return []
    const contents = ends.map((end, i) => contentOf(bytes.subarray(ends[i - 1] ?? 0, end)))
    return this.#add(pages, contents, [bytes.subarray(0, ends.at(-1))])
  }

  async writePart({
    key,
    offset,
    length,
    bytes,
  }: BodyPart): Promise<Extract<FromWriter, { type: 'stored' }>> {
    if (offset === 0) {
      // A page whose worker was lost is rendered again, from its first part.
      this.#large.get(key)?.remove()
      this.#large.set(key, new LargeBody(`${this.#draft}.${++this.#largeFiles}`))
    }
    this.#large.get(key)!.add(bytes.subarray(0, length))
    return { type: 'stored', bytes }
  }

  async finish(page: Rendered): Promise<WrittenFile> {
    const large = this.#large.get(page.key)!
    const [written] = await this.#add([page], [large.content()], large.read())
    this.#large.delete(page.key)
    large.remove()
    return written!
  }

  /** Completes the file. */
  async end({ unmodified, dropped, failures, ms }: ShardEnd): Promise<void> {
    const placeOf = (index: number) => this.#places[index]!
    try {
      await this.#last
      const end: ShardEnd = {
        unmodified: unmodified.map(placeOf),
        dropped: dropped.map(placeOf),
        failures: failures.map((failure) => ({ ...failure, index: placeOf(failure.index) })),
        ms,
      }
      await this.#addText(endEntry, JSON.stringify(end))
      await this.#addText(sealEntry, this.#hash.digest('hex'))
      this.#tar.controller.finalize()
      this.#ended = true
      await this.#written
    } catch (error) {
      throw writeFailed(this.#path, error)
    }
    writing(this.#path, () => renameSync(this.#draft, this.#path))
  }

  /** Removes what is beside the file: without `end`, all that was written. */
  async close(): Promise<void> {
    if (!this.#ended) this.#tar.controller.error(new Error('nothing more is rendered'))
    await this.#written.catch(() => {})
    for (const large of this.#large.values()) large.remove()
    rmSync(this.#draft, { force: true })
  }

  /** Adds pages and their bodies after those before. */
  async #add(
    pages: readonly Rendered[],
    contents: readonly Content[],
    bodies: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<WrittenFile[]> {
    const lines = pages.map((page, i): PackedPage => {
      // Another machine's clock says nothing to the one that merges.
      return { ...page, at: undefined, index: this.#places[page.index]!, content: contents[i]! }
    })
    const size = contents.reduce((sum, content) => sum + content.size, 0)
    this.bytes += size
    this.#last = this.#last.then(async () => {
      const batch = ++this.#batches
      await this.#addText(`${batch}.jsonl`, lines.map((line) => JSON.stringify(line)).join('\n'))
      await this.#addEntry(`${batch}.bodies`, size, bodies)
    })
    try {
      await this.#last
    } catch (error) {
      throw writeFailed(this.#path, error)
    }
    return contents.map((content) => ({ ...content, change: 'new' }))
  }

  #addText(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text)
    return this.#addEntry(name, bytes.byteLength, [bytes])
  }

  async #addEntry(
    name: string,
    size: number,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    if (name !== sealEntry) this.#hash.update(name)
    const entry = this.#tar.controller.add({ name, size, mtime: new Date(0) }).getWriter()
    for await (const bytes of content) {
      if (name !== sealEntry) this.#hash.update(bytes)
      await entry.write(bytes)
    }
    await entry.close()
  }
}
