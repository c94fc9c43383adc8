import type { SiteLinks } from '../links/site-links.ts'
import type { Page } from '../routes/types.ts'
import { type PageRecord, type RecordWriter, recordOf } from './cache/record.ts'
import { type FileEntry, manifestEntry } from './manifest-entry.ts'
import type { Rendered, WrittenFile } from './messages.ts'
import type { PageReport } from './page-report.ts'
import { PageTimes } from './page-times.ts'
import type { ManifestLines } from './site/manifest-lines.ts'

/** Collects what is known of the pages of a site, whether they are rendered or kept. */
export class SitePages {
  readonly lines: ManifestLines
  readonly report: PageReport
  readonly times = new PageTimes()
  /** Undefined where nobody asks for links. */
  readonly links: SiteLinks | undefined
  /** For the next build; undefined without the option `cache`. */
  readonly #records: RecordWriter | undefined
  readonly #base: string

  constructor(
    { lines, report, links }: Pick<SitePages, 'lines' | 'report' | 'links'>,
    records: RecordWriter | undefined,
    { base }: { base: string },
  ) {
    this.lines = lines
    this.report = report
    this.links = links
    this.#records = records
    this.#base = base
  }

  /**
   * @param entry Its file without its bytes
   * @returns Its line in the manifest
   */
  addRendered(page: Page, rendered: Rendered, entry: FileEntry, written: WrittenFile): string {
    const file = manifestEntry(entry, written, this.#base)
    const line = JSON.stringify(file)
    this.times.add(this.lines.add(file, written.change, line), rendered)
    const record = recordOf(page, rendered, file, line)
    if (record) this.#records?.add(record)
    this.report.addRendered(page, rendered)
    this.links?.addPage(rendered, rendered.links)
    return line
  }

  addKept(page: Page, known: PageRecord): void {
    if (known.remote) this.lines.add({ ...known.file, remote: true }, 'unchanged')
    else this.lines.add(known.file, 'unchanged', known.line)
    this.#records?.add({ ...known, cacheKey: page.cacheKey })
    this.report.addKept(page, known)
    this.links?.addPage({ ...known.file, noindex: known.noindex }, known.links)
  }

  /**
   * Adds a page that this build does not look at, for the next one.
   * @param isHere Whether its file is in the site: the links of another are known only from its record
   */
  addOther(known: PageRecord, isHere: boolean): void {
    this.#records?.add(known)
    if (!isHere) this.links?.addPage({ ...known.file, noindex: known.noindex }, known.links)
  }
}
