import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { LinkFacts } from '../../src/links/describe.ts'
import { type FilesOfSite, SiteLinks } from '../../src/links/site-links.ts'
import { type DistillOptions, resolveOptions } from '../../src/options.ts'

const dir = mkdtempSync(join(tmpdir(), 'vite-distill-links-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let sites = 0

export interface TestSite {
  base?: string
  options?: DistillOptions
  /** By key: pages (`….html`), and other files. */
  files: Record<string, string>
  /** By key: where each leads. */
  redirects?: Record<string, string>
  askApp?: FilesOfSite['askApp']
}

/** Collects the links of a site as a build does. */
export function linksOf({ base = '/', options = {}, files, redirects = {} }: TestSite): SiteLinks {
  const links = new SiteLinks(resolveOptions(options, { root: import.meta.dirname, base }))
  for (const [key, text] of Object.entries(files))
    if (isPage(key)) links.addPage(pageOf(key), links.read(pageOf(key), Buffer.from(text)))
  for (const [key, to] of Object.entries(redirects)) links.addRedirect(key, to)
  return links
}

/** Audits a site. */
export function audit(site: TestSite): LinkFacts {
  const { files, redirects = {}, askApp = () => undefined } = site
  const root = join(dir, String(sites++))
  for (const [key, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), text)
  }
  const keys = [...Object.keys(files), ...Object.keys(redirects)]
  return linksOf(site).audit({
    has: (key) => keys.includes(key),
    keys: () => keys,
    pathOf: (key) => join(root, key),
    askApp,
  })
}

const pageOf = (key: string) => ({ key, headers: { 'content-type': 'text/html' } })
const isPage = (key: string) => /\.html$|^[^.]+$/.test(key) && !key.startsWith('assets/')

/** The URLs that lead nowhere from the page `a/index.html` with this HTML, which has `files` beside it. */
export const brokenIn = (
  html: string,
  site: Omit<TestSite, 'files'> & { files?: Record<string, string> } = {},
) => audit({ ...site, files: { 'a/index.html': html, ...site.files } }).broken.map(({ url }) => url)
