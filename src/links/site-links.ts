import { readFileSync } from 'node:fs'
import { fileUrl } from '../keys.ts'
import type { ResolvedOptions } from '../options.ts'
import { type AuditedSite, type LinkReport, auditLinks, referrersOf } from './audit.ts'
import { type LinkFacts, factsOf } from './describe.ts'
import { LinkTable } from './link-table.ts'
import { type AllLinks, type PageLinks, readIds, readPageLinks, readStyleLinks } from './page-links.ts'
import { urlMatcher } from './patterns.ts'
import { type Resolve, createResolver } from './resolve.ts'

type LinkOptions = Pick<
  ResolvedOptions,
  'base' | 'origin' | 'addresses' | 'layout' | 'languages' | 'links' | 'publish' | 'fallback'
>

/** The files of a site, once all are known. */
export interface FilesOfSite {
  has(key: string): boolean
  keys(): Iterable<string>
  /** Where a file is. */
  pathOf(key: string): string
  askApp: AuditedSite['askApp']
}

/** What decides whether visitors should find a page by links. */
interface PageFacts {
  key: string
  status?: number | undefined
  noindex?: boolean | undefined
}

/** Whether the options ask for an audit of links. */
export const auditsLinks = ({ links }: Pick<ResolvedOptions, 'links'>): boolean =>
  links.missing !== false || links.fragments !== false

/** Collects the links of a site's files while they are made, then audits them. */
export class SiteLinks {
  readonly #options: LinkOptions
  readonly #resolve: Resolve
  readonly #table = new LinkTable()
  readonly #redirects = new Map<string, string | undefined>()
  readonly #findable = new Set<string>()

  constructor(options: LinkOptions) {
    this.#options = options
    this.#resolve = createResolver(options)
  }

  /** Reads the links and ids of an HTML page. */
  read(key: string, body: Uint8Array): AllLinks {
    return readPageLinks(body, this.#addressOf(key), this.#resolve)
  }

  addPage(page: PageFacts, links: PageLinks): void {
    this.#table.add(page.key, links)
    if (isFindable(page, this.#options.languages)) this.#findable.add(page.key)
  }

  /** @param to Where it leads: a path with `base`, or an address */
  addRedirect(key: string, to: string): void {
    const resolved = this.#resolve(to, this.#addressOf(key))
    const links = resolved?.startsWith('/') ? [resolved] : []
    this.#redirects.set(key, resolved)
    this.#table.add(key, { links, resources: [], ids: [] })
  }

  /** Audits all links, those of the style sheets too. */
  audit({ has, keys, pathOf, askApp }: FilesOfSite): LinkFacts {
    const { base, links, fallback } = this.#options
    for (const key of keys()) {
      if (!key.endsWith('.css')) continue
      const css = readFileSync(pathOf(key), 'utf8')
      this.#table.add(key, readStyleLinks(css, this.#addressOf(key), this.#resolve))
    }
    const report: LinkReport = auditLinks(this.#table, {
      ...this.#site(has),
      missing: links.missing,
      fragments: links.fragments,
      fallback: fallback !== undefined,
      isServed: urlMatcher(links.served, base),
      isIgnored: urlMatcher(links.ignore, base),
      keys,
      idsOf: (key) => (/\.(?:svg|html?)$/.test(key) ? readIds(readFileSync(pathOf(key), 'utf8')) : undefined),
      askApp,
      findable: this.#findable,
    })
    return factsOf(report, base)
  }

  /** The paths of the files that link to each of these keys, which the site may lack. */
  referrersOf(keys: ReadonlySet<string>): Map<string, string[]> {
    const { base } = this.#options
    const found = referrersOf(
      this.#table,
      keys,
      this.#site((key) => keys.has(key)),
    )
    return new Map([...found].map(([key, sources]) => [key, sources.map((source) => fileUrl(source, base))]))
  }

  #site(has: (key: string) => boolean) {
    const { base, layout, publish } = this.#options
    const cleanUrls = Object.values(publish).some((target) => target.cleanUrls === true)
    return { base, layout, cleanUrls, has, redirectOf: (key: string) => this.#redirects.get(key) }
  }

  #addressOf(key: string): string {
    return this.#options.origin + fileUrl(key, this.#options.base)
  }
}

/** Whether visitors should find a page by links: not the home page, of the site or of a language, nor a hidden one. */
function isFindable({ key, status = 200, noindex }: PageFacts, languages: readonly string[]): boolean {
  if (status !== 200 || noindex) return false
  const [first, ...rest] = key.split('/')
  const name = rest.length > 0 && languages.includes(first!) ? rest.join('/') : key
  return !['index.html', '404.html', '404/index.html', '404'].includes(name)
}
