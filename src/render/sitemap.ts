import { escapeUTF8 } from 'entities/escape'
import { contentTypeOf } from '../content-type.ts'
import { DistillError } from '../errors.ts'
import { compareKeys, fileUrl } from '../keys.ts'
import type { ResolvedOptions } from '../options.ts'
import { isLastmod } from '../routes/page-facts.ts'
import type { GeneratedFile } from './manifest-entry.ts'

/** A page that a sitemap lists. */
export interface SitemapPage {
  /** Full address. */
  address: string
  /** A date, or a time with its zone, in the format of the protocol's schema. */
  lastmod?: string | undefined
  /** From 0 to 1. */
  priority?: number | undefined
}

/** The limits of the protocol, https://www.sitemaps.org/protocol.html: entries and bytes of one file. */
const maxEntries = 50_000
const maxBytes = 50 * 1024 * 1024

const schema = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/**
 * The sitemap of a site, if the option asks for it.
 * @param pages The pages that it lists, in any order, but for the one of 404
 * @param exists Whether the site has a file of this key
 * @throws {DistillError} `COLLISION` if a page is a file of the sitemap, `PARAMS_INVALID` if a `lastmod` is no date
 */
export function sitemapOf(
  pages: readonly (Omit<SitemapPage, 'address'> & { key: string })[],
  { sitemap, origin, base, languages }: ResolvedOptions,
  exists: (key: string) => boolean,
): GeneratedFile[] {
  if (!sitemap) return []
  const found = pages.filter(({ key }) => !isErrorPage(key, languages))
  const entries = found.map(({ key, lastmod, priority }) => ({
    address: origin + fileUrl(key, base),
    lastmod,
    priority,
  }))
  // Sorted, because the order in which pages are rendered changes from build to build.
  entries.sort((a, b) => compareKeys(a.address, b.address))
  return sitemapFiles(entries, origin + base).map(({ key, text }) => {
    // Checked here and not with the other collisions: only now is the number of files known.
    if (exists(key))
      throw new DistillError('COLLISION', `\`${key}\` would be written by a page and by \`sitemap\``)
    const headers = { 'content-type': contentTypeOf(key) }
    return { key, kind: 'page', status: 200, headers, bytes: Buffer.from(text) }
  })
}

/** Whether a file is what hosts serve for a missing page, of the site or of a language. Its own status may be 200. */
function isErrorPage(key: string, languages: readonly string[]): boolean {
  const [first, ...rest] = key.split('/')
  const name = rest.length > 0 && languages.includes(first!) ? rest.join('/') : key
  return name === '404.html' || name === '404/index.html' || name === '404'
}

/**
 * The files of a sitemap: `sitemap.xml`, or that as an index of `sitemap-1.xml`, `sitemap-2.xml`, …
 * @param site Full address of the site's root, with a `/` at its end
 * @throws {DistillError} `PARAMS_INVALID` if a `lastmod` is no date
 */
export function sitemapFiles(pages: readonly SitemapPage[], site: string): { key: string; text: string }[] {
  const parts: string[][] = [[]]
  let size = 0
  for (const page of pages) {
    const entry = urlEntry(page)
    const bytes = Buffer.byteLength(entry)
    if (parts.at(-1)!.length === maxEntries || size + bytes > maxBytes - 1024) {
      parts.push([])
      size = 0
    }
    parts.at(-1)!.push(entry)
    size += bytes
  }
  const files = parts.map((entries, i) => ({
    key: `sitemap-${i + 1}.xml`,
    text: document('urlset', entries),
  }))
  if (files.length === 1) return [{ ...files[0]!, key: 'sitemap.xml' }]
  const index = files.map(({ key }) => `<sitemap><loc>${escapeUTF8(site + key)}</loc></sitemap>\n`)
  return [{ key: 'sitemap.xml', text: document('sitemapindex', index) }, ...files]
}

function urlEntry({ address, lastmod, priority }: SitemapPage): string {
  if (lastmod !== undefined && !isLastmod(lastmod)) {
    throw new DistillError(
      'PARAMS_INVALID',
      `page \`${address}\` has the \`lastmod\` \`${lastmod}\`, which the sitemap cannot take`,
      {
        hint: 'Give a `Date`, or a text such as `2026-01-31` or `2026-01-31T12:00:00Z`.',
      },
    )
  }
  const facts = [
    ...(lastmod === undefined ? [] : [`<lastmod>${lastmod}</lastmod>`]),
    ...(priority === undefined ? [] : [`<priority>${decimal(priority)}</priority>`]),
  ]
  return `<url><loc>${escapeUTF8(address)}</loc>${facts.join('')}</url>\n`
}

/** The schema has no exponents: not `1e-7`. */
const decimal = (n: number) => Number(n.toFixed(4))

const document = (root: string, entries: readonly string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${schema}">\n${entries.join('')}</${root}>\n`
