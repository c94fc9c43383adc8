import { constants } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { isHtmlType } from '../content-type.ts'
import { hasNoindexElement, isNoindex } from '../html/noindex.ts'
import { compareKeys, fileUrl } from '../keys.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { type AuditedSite, type LinkReport, auditLinks, linkedPaths, referrersOf } from './audit.ts'
import { type LinkFacts, factsOf, sortedPaths } from './describe.ts'
import { LinkTable } from './link-table.ts'
import { type PageLinks, readIds, readPageLinks, readStyleLinks } from './page-links.ts'
import { urlMatcher } from './patterns.ts'
import { type Resolve, createResolver } from './resolve.ts'
import { answerTo } from './site-index.ts'

type LinkOptions = Pick<
  ResolvedOptions,
  'base' | 'origin' | 'addresses' | 'layout' | 'languages' | 'links' | 'publish' | 'fallback'
>

/** The files of a site, once all are known. */
export interface FilesOfSite {
  has(key: string): boolean
  keys(): Iterable<string>
  /** Where a file is; undefined if only a target has it. */
  pathOf(key: string): string | undefined
  askApp: AuditedSite['askApp']
}

/** What decides whether a page has links, and whether visitors should find it by links. */
export type LinkingPage = Pick<ManifestFile, 'key' | 'status' | 'headers' | 'redirect'> & {
  /** Search engines are told to leave it out; undefined if that is not known. */
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
  /** Pages whose file has to be read. */
  readonly #unread: LinkingPage[] = []
  #report: LinkReport | undefined
  readonly #onExternal: ((address: string, path: string) => void) | undefined

  /** @param onExternal Called with each address of another site, and the path of the file that names it */
  constructor(options: LinkOptions, onExternal?: (address: string, path: string) => void) {
    this.#options = options
    this.#onExternal = onExternal
    this.#resolve = createResolver(options)
  }

  /** Reads the links and ids of a page; undefined for one that is not HTML. */
  read({ key, headers, redirect }: LinkingPage, body: Uint8Array): PageLinks | undefined {
    if (redirect || !isHtmlType(headers['content-type'])) return undefined
    const { links, resources, ids, external } = readPageLinks(body, this.#addressOf(key), this.#resolve)
    this.#tellExternal(external, key)
    return { links, resources, ids }
  }

  /** @param links Its links; undefined if its file has to be read once all files are there */
  addPage(page: LinkingPage, links: PageLinks | undefined): void {
    const { key, headers, redirect } = page
    if (redirect) this.addRedirect(key, redirect.to)
    else if (links) {
      this.#table.add(key, links)
      if (isFindable(page, this.#options)) this.#findable.add(key)
    } else if (isHtmlType(headers['content-type'])) this.#unread.push(page)
  }

  /** @param to Where it leads: a path with `base`, or an address */
  addRedirect(key: string, to: string): void {
    const resolved = this.#resolve(to, this.#addressOf(key))
    const isOwn = resolved !== undefined && resolved.startsWith('/')
    const links = isOwn ? [resolved] : []
    if (resolved !== undefined && !isOwn) this.#tellExternal([resolved], key)
    this.#redirects.set(key, resolved)
    this.#table.add(key, { links, resources: [], ids: [] })
  }

  /** Audits all links, those of the style sheets too. */
  audit({ has, keys, pathOf, askApp }: FilesOfSite): LinkFacts {
    const { base, links, fallback } = this.#options
    this.#readRest(pathOf)
    for (const key of keys()) {
      if (!key.endsWith('.css')) continue
      const css = readText(pathOf(key)) ?? ''
      const { external, ...styleLinks } = readStyleLinks(css, this.#addressOf(key), this.#resolve)
      this.#tellExternal(external, key)
      this.#table.add(key, styleLinks)
    }
    const report = auditLinks(this.#table, {
      ...this.#site(has),
      missing: links.missing,
      fragments: links.fragments,
      fallback: fallback !== undefined,
      isServed: urlMatcher(links.served, base),
      isIgnored: urlMatcher(links.ignore, base),
      keys,
      idsOf(key) {
        const text = /\.(?:svg|html?)$/.test(key) ? readText(pathOf(key)) : undefined
        return text === undefined ? undefined : readIds(text)
      },
      askApp,
      findable: this.#findable,
    })
    this.#report = report
    return factsOf(report, base)
  }

  /** What the audit has found, with keys. Undefined before it. */
  get report(): LinkReport | undefined {
    return this.#report
  }

  /** What a file links to, as indexes of the report's `answers`. */
  targetsOf(key: string): readonly number[] {
    const position = this.#table.positionOf(key)
    return position === undefined ? [] : this.#table.targetsOf(position)
  }

  /**
   * The paths that visitors get to and that no file answers, as the app is asked for them and sorted. Not those that
   * something else answers, or that are not to be checked.
   */
  unanswered(has: (key: string) => boolean, pathOf: FilesOfSite['pathOf']): string[] {
    const { base, links } = this.#options
    this.#readRest(pathOf)
    const isServed = urlMatcher([...links.served, ...links.ignore], base)
    const paths = linkedPaths(this.#table).filter(
      (path) => path.startsWith(base) && !isServed(path) && !answerTo(path, this.#site(has)),
    )
    return paths.map((path) => `/${path.slice(base.length)}`).sort(compareKeys)
  }

  /** The paths of the files that link to each of these keys, which the site may lack. */
  referrersOf(keys: ReadonlySet<string>, pathOf: FilesOfSite['pathOf']): Map<string, string[]> {
    const { base } = this.#options
    this.#readRest(pathOf)
    const found = referrersOf(
      this.#table,
      keys,
      this.#site((key) => keys.has(key)),
    )
    return new Map([...found].map(([key, sources]) => [key, sortedPaths(sources, base)]))
  }

  #readRest(pathOf: FilesOfSite['pathOf']): void {
    for (const page of this.#unread.splice(0)) {
      const { key, headers } = page
      const html = readText(pathOf(key))
      // The ids of such a page are not known, so no fragment of it is checked.
      if (html === undefined) continue
      const noindex = isNoindex(headers['x-robots-tag']) || hasNoindexElement(html.slice(0, 1 << 16))
      this.addPage({ ...page, noindex }, this.read(page, Buffer.from(html)))
    }
  }

  #tellExternal(addresses: readonly string[], key: string): void {
    if (!this.#onExternal) return
    for (const address of addresses) this.#onExternal(address, fileUrl(key, this.#options.base))
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

/** A file as text; undefined if it is not here, or if no text can be as large. */
const readText = (path: string | undefined): string | undefined =>
  path === undefined || statSync(path).size > constants.MAX_STRING_LENGTH
    ? undefined
    : readFileSync(path, 'utf8')

/** Whether visitors should find a page by links: not the home page, of the site or of a language, nor a hidden one. */
function isFindable(
  { key, status = 200, noindex }: LinkingPage,
  { languages, fallback }: LinkOptions,
): boolean {
  if (status !== 200 || noindex || key === fallback) return false
  const [first, ...rest] = key.split('/')
  const name = rest.length > 0 && languages.includes(first!) ? rest.join('/') : key
  return !['index.html', '404.html', '404/index.html', '404'].includes(name)
}
