import type { Page, PageList } from '../../routes/types.ts'
import type { LastResponse } from '../messages.ts'
import type { LineFile } from '../site/line-file.ts'
import { type KeepInput, findKept, keptHere, keptRemote, reasons as words } from './keep.ts'
import type { PageRecord } from './record.ts'
import { Sample } from './sample.ts'

export interface KeepPagesInput extends Omit<KeepInput, 'onSame' | 'onConditional'> {
  /** For what is known of pages that are rendered, or that the app may say are unmodified. */
  known: LineFile
  /** Keeps no page. */
  force: boolean
  /** Whether a page that could be kept is. Default: all are. */
  isKept?: ((index: number, record: PageRecord) => boolean) | undefined
  /** Called with each page that is kept, and what is known of it. */
  onKept: (page: Page, record: PageRecord) => void
}

/** What became of a page, and why. */
export interface PageReason {
  url: string
  /** Relative to the site. */
  file: string
  /** `remote`: it is kept, and only a target has its file. */
  action: 'rendered' | 'kept' | 'remote'
  reason: string
}

/** The pages that are rendered, and what is known of them. Indexes are those of `list`. */
export interface Keeping {
  list: PageList
  /** What the last build knows of a page that the app may say is unmodified. */
  lastResponse: (page: Page) => LastResponse | undefined
  /** Keeps a page of which the app says so. */
  onUnmodified: (index: number) => void
  /** The manifest line of the last build, of a page that is rendered only because all are. */
  forced: (index: number) => string | undefined
  /** A random share of the kept pages. */
  sample: (share: number) => { list: PageList; records: PageRecord[] }
  /** Why a page of the whole list is rendered or kept. */
  reasonOf: (index: number) => Pick<PageReason, 'action' | 'reason'>
  /** The same for every page, in the order of the whole list. */
  reasons: () => PageReason[]
}

/** Keeps the pages that are what the last build made of them, and returns the others, which have to be rendered. */
export async function keepPages(input: KeepPagesInput): Promise<Keeping> {
  const { list: all, known, force, isKept = () => true, onKept } = input
  const sample = new Sample<{ page: Page; record: PageRecord }>()
  const learn = (record: PageRecord) => known.add(record.file.key, JSON.stringify(record))
  const keep = (page: Page, record: PageRecord) => {
    onKept(page, record)
    sample.add({ page, record })
  }
  const unplanned = new Set<number>()
  const reasons = await findKept({
    ...input,
    onSame(index, record) {
      if (force) learn(record)
      else if (isKept(index, record)) keep(all.pages[index]!, record)
      else unplanned.add(index)
    },
    onConditional: (record) => (force ? undefined : learn(record)),
  })
  for (const index of unplanned) reasons.set(index, 'unplanned')
  const isSame = (index: number) => ['sameKey', 'sameKeyRemote'].includes(reasons.get(index))
  const indexes = [...all.pages.keys()].filter((index) => force || !isSame(index))
  if (force) {
    for (const index of indexes) reasons.set(index, reasons.get(index) === 'sameKey' ? 'forced' : 'all')
  }
  const recordOf = (page: Page): PageRecord | undefined => {
    const line = known.get(page.key)
    return line === undefined ? undefined : (JSON.parse(line) as PageRecord)
  }
  const reasonOf = (index: number): Pick<PageReason, 'action' | 'reason'> => {
    const reason = reasons.get(index)
    const isKept = keptHere.includes(reason)
    const action = isKept ? 'kept' : keptRemote.includes(reason) ? 'remote' : 'rendered'
    return { action, reason: words[reason] }
  }
  const pages = indexes.length === all.pages.length ? all.pages : indexes.map((index) => all.pages[index]!)
  return {
    list: { ...all, pages },
    lastResponse(page) {
      const record = force ? undefined : recordOf(page)
      return record && { etag: record.etag!, headers: record.file.headers }
    },
    onUnmodified(index) {
      const page = pages[index]!
      const record = recordOf(page)!
      keep(page, record)
      reasons.set(indexes[index]!, record.remote ? 'unmodifiedRemote' : 'unmodified')
    },
    forced: (index) => (force ? recordOf(pages[index]!)?.line : undefined),
    sample(share) {
      const taken = sample.take(share)
      return {
        list: { ...all, pages: taken.map(({ page }) => page) },
        records: taken.map(({ record }) => record),
      }
    },
    reasonOf,
    reasons: () => all.pages.map(({ url, key }, index) => ({ url, file: key, ...reasonOf(index) })),
  }
}
