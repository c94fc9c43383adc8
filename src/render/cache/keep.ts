import { isHtmlType } from '../../content-type.ts'
import type { Page, PageList } from '../../routes/types.ts'
import type { WriterThread } from '../site/writer-thread.ts'
import type { LastRecord, PageRecord } from './record.ts'

/** Why a page is rendered or kept. */
export const reasons = {
  all: 'every page is rendered',
  unknown: 'the last build has no record of it',
  keyless: 'it has no cache key',
  written: '`renderFile()` wrote it since the last build',
  params: 'its URL, route, params or accepted status changed',
  key: 'its cache key changed',
  file: 'its file is not what the last build wrote',
  etag: 'its `ETag` changed',
  forced: '`--force`; it would be kept',
  unplanned: 'the plan has it rendered',
  lost: 'the target no longer holds what was published',
  stored: 'the target would store it in another way',
  unread: 'its links are not known, and its file is not here',
  sameKey: 'its cache key is the same',
  unmodified: 'the app answered 304',
  sameKeyRemote: 'its cache key is the same, and the target has it',
  unmodifiedRemote: 'the app answered 304, and the target has it',
} as const

type Reason = keyof typeof reasons
/** Of pages that are not rendered. */
export const keptHere: readonly Reason[] = ['sameKey', 'unmodified']
export const keptRemote: readonly Reason[] = ['sameKeyRemote', 'unmodifiedRemote']
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

/** What became of the file of a page since it was recorded. */
export const findings = { damaged: 0, intact: 1, lost: 2, stored: 3 } as const

/** Files that one message asks the writer to check. */
const batchSize = 256
/** Messages that may wait for the writer. */
const maxWaiting = 4

/**
 * Checks the files of the pages that the last build recorded. This needs no list of the pages, so it goes on while the
 * app is loaded.
 * @param isWanted Whether a URL may be one of the pages; others are not checked
 * @returns For each page of the record, whether its file is what the last build wrote: a {@link findings}
 */
export async function checkFiles(
  record: LastRecord,
  writer: Pick<WriterThread, 'areIntact'>,
  isWanted: (url: string) => boolean,
): Promise<Uint8Array> {
  const found: Promise<Uint8Array>[] = []
  const check = async (records: readonly PageRecord[]): Promise<Uint8Array> => {
    const wanted = records.filter(({ url }) => isWanted(url))
    const intact = await writer.areIntact(wanted.map(({ file }) => file))
    const right = new Set(wanted.filter((_, i) => intact[i]))
    return Uint8Array.from(records, (record) => (right.has(record) ? findings.intact : findings.damaged))
  }
  const send = (batch: readonly PageRecord[]) => {
    const checked = check(batch)
    // It is awaited later: until then, a rejection must not end the process.
    checked.catch(() => {})
    found.push(checked)
  }
  let batch: PageRecord[] = []
  for await (const page of record.pages()) {
    if (batch.push(page) < batchSize) continue
    send(batch)
    batch = []
    await found.at(-maxWaiting)
  }
  send(batch)
  return Buffer.concat(await Promise.all(found))
}

export interface KeepInput {
  list: PageList
  /** The record of the last build, if it was made with the same fingerprint. */
  record: LastRecord | undefined
  /** For each page of it, a {@link findings}. */
  findings: Uint8Array
  /** Whether somebody asks for the links of pages. */
  needsLinks: boolean
  /** Keys of pages that were written since the last build. */
  written: ReadonlySet<string>
  /** Called with each page whose cache key and file are those of the last build. */
  onSame: (index: number, record: PageRecord) => void
  /** Called with each page that the app may say is unmodified. */
  onConditional: (record: PageRecord) => void
  /** Called with each page that is not in the list. */
  onOther: (record: PageRecord) => void
}

/**
 * Finds the pages that are what the last build made of them. Anything doubtful is none of them. A page that the record
 * has twice, here and in a target, is kept here if it can be.
 */
export async function findKept(input: KeepInput): Promise<Reasons> {
  const { list, record: last, written, needsLinks, onSame, onConditional, onOther } = input
  const found = new Reasons(list.pages.length)
  if (!last) return found
  const indexOf = new Map<string, number>()
  for (const [index, { key, cacheKey }] of list.pages.entries()) {
    indexOf.set(key, index)
    found.set(index, cacheKey === undefined ? 'keyless' : 'unknown')
  }
  let place = 0
  for await (const record of last.pages()) {
    const finding = input.findings[place++]
    const { key } = record.file
    const index = indexOf.get(key)
    if (index === undefined) {
      if (!written.has(key)) onOther(record)
      continue
    }
    const page = list.pages[index]!
    const isSame = page.cacheKey !== undefined && page.cacheKey === record.cacheKey
    if (record.remote && ['sameKey', 'etag'].includes(found.get(index))) continue
    if (written.has(key)) found.set(index, 'written')
    else if (!isSamePage(page, list, record)) found.set(index, 'params')
    else if (finding === findings.damaged) found.set(index, 'file')
    else if (finding === findings.lost) found.set(index, 'lost')
    else if (finding === findings.stored) found.set(index, 'stored')
    else if (record.remote && needsLinks && isUnread(record)) found.set(index, 'unread')
    else if (isSame) {
      found.set(index, record.remote ? 'sameKeyRemote' : 'sameKey')
      onSame(index, record)
    } else if (record.etag !== undefined) {
      found.set(index, 'etag')
      onConditional(record)
    } else if (page.cacheKey !== undefined) found.set(index, 'key')
  }
  return found
}

/** Whether the audit of links would have to read the file of a page. */
const isUnread = ({ links, file: { key, headers, redirect } }: PageRecord): boolean =>
  key.endsWith('.css') ||
  (!redirect && !links && (isHtmlType(headers['content-type']) || /\.(?:svg|html?)$/.test(key)))

/** Whether the app would be asked the same, and what it answered would be accepted. */
function isSamePage(page: Page, { routes }: PageList, { url, file }: PageRecord): boolean {
  const { route, status } = routes[page.route]!
  return (
    page.url === url &&
    route === file.route &&
    status.includes(file.status!) &&
    JSON.stringify(page.params) === JSON.stringify(file.params)
  )
}
