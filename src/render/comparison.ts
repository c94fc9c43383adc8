import { type Hash, createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { printable } from '../errors.ts'
import type { Bodies, BodyPart, FromWriter, Rendered, WrittenFile } from './messages.ts'
import type { PageWriter } from './worker/pool.ts'

/** Where a page differs, `line 3`, and what is there in both renderings. */
export interface Difference {
  where: string
  first: string
  again: string
}

/** Takes the place of the writer: compares pages with those of the first rendering, and writes nothing. */
export class Comparison implements PageWriter {
  /** By key. */
  readonly differences = new Map<string, Difference>()
  readonly #rendered = new Set<string>()
  readonly #pathOf: (key: string) => string | undefined
  readonly #remote: ReadonlyMap<string, string>
  /** By key, how much of a page that comes in parts has come. */
  readonly #sizes = new Map<string, number>()
  /** The same for pages whose files are not here. */
  readonly #hashes = new Map<string, Hash>()

  /**
   * @param pathOf The file of the first rendering; undefined if `transform` left the page out
   * @param remote By key, the SHA-256 of pages whose files are not here
   */
  constructor(pathOf: (key: string) => string | undefined, remote: ReadonlyMap<string, string> = new Map()) {
    this.#pathOf = pathOf
    this.#remote = remote
  }

  async write(pages: readonly Rendered[], { ends, bytes }: Bodies): Promise<WrittenFile[]> {
    return pages.map(({ key }, i) => {
      const body = bytes.subarray(ends[i - 1] ?? 0, ends[i])
      this.#compare(key, 0, body)
      return this.#end(key, body.byteLength)
    })
  }

  async writePart(part: BodyPart): Promise<Extract<FromWriter, { type: 'stored' }>> {
    const { key, offset, length, bytes } = part
    this.#compare(key, offset, bytes.subarray(0, length))
    this.#sizes.set(key, offset + length)
    return { type: 'stored', bytes }
  }

  async finish({ key }: Rendered): Promise<WrittenFile> {
    return this.#end(key, this.#sizes.get(key) ?? 0)
  }

  /** Notes a page that the first rendering wrote and this one did not. */
  expect(key: string): void {
    if (!this.#rendered.has(key)) this.note(key, { where: 'line 1', first: 'a page', again: leftOut })
  }

  /** Notes the first difference of a page. */
  note(key: string, found: Difference): void {
    if (!this.differences.has(key)) this.differences.set(key, found)
  }

  #compare(key: string, offset: number, bytes: Uint8Array): void {
    if (this.#remote.has(key)) {
      const begun = offset === 0 ? undefined : this.#hashes.get(key)
      this.#hashes.set(key, (begun ?? createHash('sha256')).update(bytes))
      return
    }
    const path = this.#pathOf(key)
    if (path === undefined) return this.note(key, { where: 'line 1', first: leftOut, again: 'a page' })
    const first = Buffer.alloc(bytes.byteLength)
    const file = openSync(path, 'r')
    const read = readSync(file, first, 0, first.byteLength, offset)
    closeSync(file)
    const again = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (read === again.byteLength && first.equals(again)) return
    let at = 0
    while (at < read && first[at] === again[at]) at++
    this.note(key, difference(readFileSync(path), offset + at, again.subarray(at)))
  }

  #end(key: string, size: number): WrittenFile {
    this.#rendered.add(key)
    const first = this.#remote.get(key)
    if (first !== undefined) {
      const again = (this.#hashes.get(key) ?? createHash('sha256')).digest('hex')
      if (first !== again) this.note(key, { where: 'the SHA-256 of its content', first, again })
      return { size, md5: '', sha256: '', change: 'unchanged' }
    }
    const path = this.#pathOf(key)
    if (path !== undefined && statSync(path).size > size)
      this.note(key, difference(readFileSync(path), size, Buffer.alloc(0)))
    return { size, md5: '', sha256: '', change: 'unchanged' }
  }
}

const leftOut = 'left out by `transform`'

/** Bytes that are shown of a line, before and after the place where it differs. */
const shown = { before: 40, after: 60 }

/**
 * Describes the first difference.
 * @param first The whole page
 * @param at Where it differs
 * @param rest What comes instead from there on
 */
function difference(first: Buffer, at: number, rest: Buffer): Difference {
  const newLine = '\n'.charCodeAt(0)
  let line = 1
  let start = 0
  for (let end = first.indexOf(newLine); end !== -1 && end < at; end = first.indexOf(newLine, end + 1)) {
    line++
    start = end + 1
  }
  const from = Math.max(start, at - shown.before)
  const before = `${from > start ? '…' : ''}${first.toString('utf8', from, at)}`
  const lineOf = (bytes: Buffer) => {
    const end = bytes.indexOf(newLine)
    const text = bytes.toString('utf8', 0, Math.min(end === -1 ? bytes.byteLength : end, shown.after))
    return printable(
      `${before}${text}${bytes.byteLength > shown.after && (end === -1 || end > shown.after) ? '…' : ''}`,
    )
  }
  return { where: `line ${line}`, first: lineOf(first.subarray(at)), again: lineOf(rest) }
}
