import type { Page, PageList } from '../../routes/types.ts'
import type { WriterThread } from '../site/writer-thread.ts'
import type { LastRecord, PageRecord } from './record.ts'

/** Why a page is rendered or kept. */
export const reasons = {
  all: 'every page is rendered',
  unknown: 'the last build has no record of it',
  keyless: 'it has no cache key',
  written: '`renderFile()` wrote it since the last build',
  params: 'another page had its file',
  key: 'its cache key changed',
  file: 'its file is not what the last build wrote',
  etag: 'its `ETag` changed',
  forced: '`--force`; it would be kept',
  sameKey: 'its cache key is the same',
  unmodified: 'the app answered 304',
} as const

type Reason = keyof typeof reasons
const codes = Object.keys(reasons) as Reason[]

/** The reason of each page of a list, in one byte. */
export class Reasons {
  readonly #codes: Uint8Array

  constructor(pages: number) {
    this.#codes = new Uint8Array(pages)
  }

  set(index: number, reason: Reason): void {
    this.#codes[index] = codes.indexOf(reason)
  }

  get(index: number): Reason {
    return codes[this.#codes[index]!]!
  }
}

export interface KeepInput {
  list: PageList
  /** The record of the last build, if it was made with the same fingerprint. */
  record: LastRecord | undefined
  /** Keys of pages that were written since the last build. */
  written: ReadonlySet<string>
  writer: Pick<WriterThread, 'areIntact'>
  /** Called with each page whose cache key and file are those of the last build. */
  onSame: (index: number, record: PageRecord) => void
  /** Called with each page that the app may say is unmodified. */
  onConditional: (record: PageRecord) => void
  /** Called with each page that is not in the list. */
  onOther: (record: PageRecord) => void
}

/** Files that one message asks the writer to check. */
const batchSize = 256
/** Messages that may wait for the writer. */
const maxWaiting = 4

interface Candidate {
  index: number
  record: PageRecord
  isSame: boolean
}

/** Finds the pages that are what the last build made of them. Anything doubtful is none of them. */
export async function findKept(input: KeepInput): Promise<Reasons> {
  const { list, record: last, written, onOther } = input
  const found = new Reasons(list.pages.length)
  if (!last) return found
  const indexOf = new Map<string, number>()
  for (const [index, { key, cacheKey }] of list.pages.entries()) {
    indexOf.set(key, index)
    found.set(index, cacheKey === undefined ? 'keyless' : 'unknown')
  }
  let batch: Candidate[] = []
  const waiting: Promise<void>[] = []
  for await (const record of last.pages()) {
    const index = indexOf.get(record.file.key)
    if (index === undefined) {
      if (!written.has(record.file.key)) onOther(record)
      continue
    }
    const { cacheKey } = list.pages[index]!
    const isSame = cacheKey !== undefined && cacheKey === record.cacheKey
    if (written.has(record.file.key)) found.set(index, 'written')
    else if (!isSamePage(list.pages[index]!, list, record)) found.set(index, 'params')
    else if (isSame || record.etag !== undefined) batch.push({ index, record, isSame })
    else if (cacheKey !== undefined) found.set(index, 'key')
    if (batch.length < batchSize) continue
    waiting.push(checkFiles(batch, found, input))
    batch = []
    if (waiting.length === maxWaiting) await waiting.shift()
  }
  await Promise.all([...waiting, checkFiles(batch, found, input)])
  return found
}

const isSamePage = (page: Page, { routes }: PageList, { url, file }: PageRecord) =>
  page.url === url &&
  routes[page.route]!.route === file.route &&
  JSON.stringify(page.params) === JSON.stringify(file.params)

async function checkFiles(batch: readonly Candidate[], found: Reasons, input: KeepInput): Promise<void> {
  const { writer, onSame, onConditional } = input
  const intact = await writer.areIntact(batch.map(({ record: { file } }) => file))
  for (const [i, { index, record, isSame }] of batch.entries()) {
    found.set(index, !intact[i] ? 'file' : isSame ? 'sameKey' : 'etag')
    if (!intact[i]) continue
    if (isSame) onSame(index, record)
    else onConditional(record)
  }
}
