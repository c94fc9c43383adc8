import { readFileSync } from 'node:fs'
import { DistillError } from '../errors.ts'
import type { SiteSources } from './collisions.ts'
import type { Asset } from './messages.ts'

/**
 * Leaves out what other plugins compressed before it was distilled, such as `index.html.gz` of the template: a web
 * server would prefer it to the page.
 * @returns The other assets, and a notice of those left out
 */
export function withoutStaleCopies(sources: SiteSources): { assets: Asset[]; notices: string[] } {
  const compressed = new Map(sources.assets.map((asset) => [asset, originalOf(asset.key)]))
  const originals = new Set(compressed.values())
  /** Originals that the site has, or would have, as another file than the client build. */
  const distilled = new Set<string | undefined>(['index.html'])
  for (const made of [sources.list.pages, sources.redirects, sources.generated]) {
    for (const { key } of made) if (originals.has(key)) distilled.add(key)
  }
  const stale = sources.assets.filter((asset) => distilled.has(compressed.get(asset)))
  if (stale.length === 0) return { assets: [...sources.assets], notices: [] }
  const names = stale.slice(0, 5).map(({ key }) => `\`${key}\``)
  return {
    assets: sources.assets.filter((asset) => !stale.includes(asset)),
    notices: [
      `left out, because it was compressed before the pages were distilled: ${names.join(', ')}${stale.length > 5 ? ', …' : ''}. A target's option \`compress\` compresses pages.`,
    ],
  }
}

/** The key of the file that this one is a compressed form of. */
const originalOf = (key: string): string | undefined => /^(.*)\.(?:gz|br|zst)$/.exec(key)?.[1]

/** The largest script that is searched for a list of files, in bytes. */
const workerSize = 1 << 21

/**
 * Refuses a service worker that precaches the template, as Workbox makes them: it would answer every address with
 * the page of `/`, and keep that page after it has changed.
 * @throws {DistillError} `PRECACHE_STALE`
 */
export function refuseTemplatePrecache(assets: readonly Asset[], base: string): void {
  const workers = assets.filter(({ key, from, hashed }) => {
    if (hashed || !/\.m?js$/.test(key)) return false
    const code = readFileSync(from)
    return code.length <= workerSize && precachesTemplate(code.toString('utf8'), base)
  })
  if (workers.length === 0) return
  throw new DistillError(
    'PRECACHE_STALE',
    `the service worker \`${workers.map(({ key }) => key).join('`, `')}\` precaches \`index.html\`, which was the template when its list was made: it would show the page of \`/\` at every address, and keep it after it has changed`,
    {
      hint: "In the options of vite-plugin-pwa, set `workbox: { globPatterns: ['**/*.{js,css}'], navigateFallback: null }`, or leave `html` out of `injectManifest.globPatterns`. Pages can be cached at run time: see “Other plugins” in the documentation of frameworks.",
    },
  )
}

/** An entry of a Workbox list: `{url:"index.html",revision:"…"}`, with the two in either order. */
const precached = /\{[^{}]{0,100}\burl["']?\s*:\s*["'`]([^"'`]*)["'`][^{}]{0,100}\}/g

const precachesTemplate = (code: string, base: string) =>
  [...code.matchAll(precached)].some(([entry, url = '']) => {
    const path = url.startsWith(base) ? url.slice(base.length) : url.replace(/^\.?\//, '')
    return path === 'index.html' && /\brevision\b/.test(entry)
  })
