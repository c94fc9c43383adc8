import type { SiteLinks } from '../links/site-links.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ReportFile } from '../report/data.ts'
import type { PageList } from '../routes/types.ts'
import type { Keeping } from './cache/keep-pages.ts'
import type { SitePages } from './site-pages.ts'
import type { ManifestLines } from './site/manifest-lines.ts'

/** The most files, and links from file to file, that a report lists. */
export const mostFiles = 100_000
const mostLinks = 1_000_000

/** What is known of a site's files while and after it is made. */
export interface RowSources {
  lines: ManifestLines
  pages: SitePages
  /** The pages that were listed, without those that are found by links. */
  list: PageList
  keeping: Pick<Keeping, 'reasonOf'>
  /** When rendering began, in milliseconds since 1970. */
  renderingBegan: number
  /** Whether only some pages were looked at. */
  only: boolean
}

const found = { action: 'rendered', reason: 'other pages link to it' } as const
const unlisted = {}
const leftOut = { action: 'kept', reason: '`--only` leaves it out' } as const

/** Makes the rows of a report from the lines of the manifest, which come in their order. */
export class ReportRows {
  /** How many links of the rows are left out. */
  omittedLinks = 0
  readonly #sources: RowSources
  /** The numbers of the lines, sorted by key. */
  readonly #order: Uint32Array
  /** By row, the page of the list. */
  readonly #pageOf: Int32Array
  /** By target of the links, the row of the file that answers it. */
  readonly #rowOf: Int32Array | undefined
  readonly #links: SiteLinks | undefined
  /** By row, the last row that was found to link to it: a file may link to another by several URLs. */
  readonly #linkedFrom: Int32Array
  #listedLinks = 0

  constructor(sources: RowSources) {
    const { lines, list, pages } = sources
    this.#sources = sources
    this.#order = lines.order()
    const rows = new Int32Array(this.#order.length).fill(-1)
    const listed = Math.min(this.#order.length, mostFiles)
    for (let row = 0; row < listed; row++) rows[this.#order[row]!] = row
    const rowOf = (key: string) => rows[lines.numberOf(key) ?? -1] ?? -1
    this.#pageOf = new Int32Array(listed).fill(-1)
    this.#linkedFrom = new Int32Array(listed).fill(-1)
    for (const [index, { key }] of list.pages.entries()) {
      const row = rowOf(key)
      if (row !== -1) this.#pageOf[row] = index
    }
    const answers = pages.links?.report?.answers
    this.#links = answers && pages.links
    this.#rowOf = answers && Int32Array.from(answers, (key) => (key === undefined ? -1 : rowOf(key)))
  }

  /** How many rows there are. */
  get length(): number {
    return this.#pageOf.length
  }

  /** How many files have no row. */
  get omitted(): number {
    return this.#order.length - this.length
  }

  /** @param line Of the manifest */
  row(row: number, line: string): ReportFile {
    const { lines, pages, renderingBegan } = this.#sources
    // Nobody looks at hashes, and the URL has the params. Rows of one shape are made and written fast.
    const { key, url, kind, size, hashed, emitted, status, headers, redirect, route, remote } = JSON.parse(
      line,
    ) as ManifestFile
    const number = this.#order[row]!
    const time = pages.times.of(number)
    const { action, reason } = this.#reasonOf(row, route, time !== undefined)
    return {
      key,
      url,
      kind,
      size,
      hashed,
      emitted,
      status,
      headers,
      redirect,
      route,
      remote,
      change: lines.changeOf(number),
      action,
      reason,
      ms: time && rounded(time.ms),
      at: time?.at && rounded(time.at - renderingBegan),
      thread: time?.thread,
      warnings: pages.report.warningsOf(key),
      links: this.#linksOf(row, key),
    }
  }

  #reasonOf(
    row: number,
    route: string | undefined,
    isRendered: boolean,
  ): Pick<ReportFile, 'action' | 'reason'> {
    const { keeping, only } = this.#sources
    const index = this.#pageOf[row]!
    if (index !== -1) return keeping.reasonOf(index)
    if (route === undefined) return unlisted
    return isRendered ? found : only ? leftOut : unlisted
  }

  #linksOf(from: number, key: string): number[] | undefined {
    if (!this.#links) return undefined
    const rowOf = this.#rowOf!
    const links: number[] = []
    for (const target of this.#links.targetsOf(key)) {
      const to = rowOf[target]!
      if (to === -1 || this.#linkedFrom[to] === from) continue
      this.#linkedFrom[to] = from
      links.push(to)
    }
    if (links.length === 0) return undefined
    if (this.#listedLinks + links.length > mostLinks) {
      this.omittedLinks += links.length
      return undefined
    }
    this.#listedLinks += links.length
    return links
  }
}

/** To hundredths: more digits are noise. */
const rounded = (ms: number) => Math.round(100 * ms) / 100
