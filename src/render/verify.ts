import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DistillError, printable } from '../errors.ts'
import { count, createProgress } from '../progress.ts'
import type { PageList } from '../routes/types.ts'
import { describeFailures } from './failures.ts'
import type { Bodies, BodyPart, FromWriter, WrittenFile } from './messages.ts'
import type { PageTagging } from './page-tagger.ts'
import { AppThread, type BuiltApp } from './worker/app-thread.ts'
import { type PageWriter, renderPages } from './worker/pool.ts'

interface VerifyInput extends BuiltApp {
  list: PageList
  tagging: PageTagging | undefined
  /** The folder of the files that differ from the last site. */
  staging: string
  /** Whether the first rendering wrote a page. */
  isWritten: (key: string) => boolean
}

/**
 * Renders all pages again, one at a time, backwards and with fresh modules, and compares them with those that were written.
 * @throws {DistillError} `PAGES_DIFFER`, naming pages and the first line that differs; `PAGES_FAILED`
 */
export async function verifyPages(input: VerifyInput): Promise<void> {
  const { quiet, tagging, staging, isWritten } = input
  // Backwards: what earlier pages leave in variables differs, too.
  const list = { ...input.list, pages: input.list.pages.toReversed() }
  if (list.pages.length === 0) return
  const options = { ...input.options, workers: 1, concurrency: 1 }
  const again = new AppThread({ ...input, options })
  const comparison = new Comparison((key) => {
    if (!isWritten(key)) return undefined
    const staged = join(staging, key)
    return existsSync(staged) ? staged : join(options.outDir, key)
  })
  const progress = createProgress({ label: 'Verifying', total: list.pages.length, quiet })
  const { failures } = await renderPages({
    first: again,
    spawn: () => new AppThread({ ...input, options }),
    options,
    list,
    writer: comparison,
    tagging,
    quiet,
    onPage() {},
    tick: (n) => progress.tick(n),
  }).finally(() => progress.done())
  if (failures.length > 0) throw describeFailures(failures, list, options.root)
  for (const { key } of list.pages) if (isWritten(key)) comparison.expect(key)
  if (comparison.differences.size > 0) throw describeDifferences(comparison.differences, input.list)
}

/** Where a page differs: the line, and its text in both renderings. */
interface Difference {
  line: number
  first: string
  again: string
}

/** Takes the place of the writer: compares pages with those of the first rendering, and writes nothing. */
class Comparison implements PageWriter {
  /** By key. */
  readonly differences = new Map<string, Difference>()
  readonly #rendered = new Set<string>()
  readonly #pathOf: (key: string) => string | undefined
  /** By key, how much of a page that comes in parts has come. */
  readonly #sizes = new Map<string, number>()

  /** @param pathOf The file of the first rendering; undefined if `transform` left the page out */
  constructor(pathOf: (key: string) => string | undefined) {
    this.#pathOf = pathOf
  }

  async write(keys: string[], { ends, bytes }: Bodies): Promise<WrittenFile[]> {
    return keys.map((key, i) => {
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

  async finish(key: string): Promise<WrittenFile> {
    return this.#end(key, this.#sizes.get(key) ?? 0)
  }

  /** Notes a page that the first rendering wrote and this one did not. */
  expect(key: string): void {
    if (!this.#rendered.has(key)) this.#note(key, { line: 1, first: 'a page', again: leftOut })
  }

  #compare(key: string, offset: number, bytes: Uint8Array): void {
    const path = this.#pathOf(key)
    if (path === undefined) return this.#note(key, { line: 1, first: leftOut, again: 'a page' })
    const first = Buffer.alloc(bytes.byteLength)
    const file = openSync(path, 'r')
    const read = readSync(file, first, 0, first.byteLength, offset)
    closeSync(file)
    const again = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (read === again.byteLength && first.equals(again)) return
    let at = 0
    while (at < read && first[at] === again[at]) at++
    this.#note(key, difference(readFileSync(path), offset + at, again.subarray(at)))
  }

  #end(key: string, size: number): WrittenFile {
    this.#rendered.add(key)
    const path = this.#pathOf(key)
    if (path !== undefined && statSync(path).size > size)
      this.#note(key, difference(readFileSync(path), size, Buffer.alloc(0)))
    return { size, md5: '', sha256: '', change: 'unchanged' }
  }

  #note(key: string, found: Difference): void {
    if (!this.differences.has(key)) this.differences.set(key, found)
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
  return { line, first: lineOf(first.subarray(at)), again: lineOf(rest) }
}

/** How many pages are named. */
const pagesShown = 20

function describeDifferences(
  differences: ReadonlyMap<string, Difference>,
  { pages, routes }: PageList,
): DistillError {
  const differing = pages.filter(({ key }) => differences.has(key))
  const lines = differing.slice(0, pagesShown).map(({ key, url, route }) => {
    const { line, first, again } = differences.get(key)!
    return `  \`${url}\` (route \`${routes[route]!.route}\`), line ${line}\n    at first: ${first}\n    again:    ${again}`
  })
  const more = differing.length - pagesShown
  if (more > 0) lines.push(`  and ${count(more, 'page')} more`)
  return new DistillError(
    'PAGES_DIFFER',
    `${count(differing.length, 'page')} became different when rendered again, one at a time and backwards\n${lines.join('\n')}`,
    {
      hint: 'A variable that pages share while they wait, the time or a random number is in them (docs/options.md, “One page at a time”). The site of the last build was left as it was.',
    },
  )
}
