import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../src/options.ts'
import { sitemapFiles, sitemapOf } from '../../src/render/sitemap.ts'

/** The protocol's own schema, as the `sitemap` package carries it. */
const schema = join(
  dirname(createRequire(import.meta.url).resolve('sitemap/package.json')),
  'schema/sitemap.xsd',
)
const hasXmllint = spawnSync('xmllint', ['--version']).error === undefined

const site = 'https://www.example.com/'
const pages = (n: number) => Array.from({ length: n }, (_, i) => ({ address: `${site}p/${i}/` }))
const locations = (text: string) => [...text.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, address]) => address)

describe('a sitemap', () => {
  it('is one file up to 50,000 pages', () => {
    const [file, ...more] = sitemapFiles(pages(50_000), site)
    expect(more).toEqual([])
    expect(file!.key).toBe('sitemap.xml')
    expect(locations(file!.text)).toHaveLength(50_000)
  })

  it('replaces no page that is named like one of its files', () => {
    const options = resolveOptions(
      { sitemap: true, origin: 'https://www.example.com' },
      { root: '/app', base: '/' },
    )
    const found = Array.from({ length: 50_001 }, (_, i) => ({ key: `p${i}.html`, lastmod: undefined }))
    const exists = (key: string) => key === 'sitemap-2.xml'
    expect(sitemapOf(found.slice(1), options, exists).map(({ key }) => key)).toEqual(['sitemap.xml'])
    expect(() => sitemapOf(found, options, exists)).toThrow('`sitemap-2.xml` would be written by a page')
  })

  it('is split under an index beyond that, with every page once', () => {
    const [index, ...parts] = sitemapFiles(pages(100_001), site)
    expect(index!.text).toContain('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">')
    expect(locations(index!.text)).toEqual([1, 2, 3].map((n) => `${site}sitemap-${n}.xml`))
    expect(parts.map(({ key }) => key)).toEqual(['sitemap-1.xml', 'sitemap-2.xml', 'sitemap-3.xml'])
    expect(parts.map(({ text }) => locations(text).length)).toEqual([50_000, 50_000, 1])
    expect(parts.flatMap(({ text }) => locations(text))).toEqual(pages(100_001).map(({ address }) => address))
  })

  it.skipIf(!hasXmllint)('is valid against the schema', () => {
    const odd = { address: `${site}a%26b/'"<>&`, lastmod: new Date(0).toISOString() }
    const priorities = [0, 1e-7, 1 / 3, 1].map((priority) => ({ address: site, priority }))
    const [map] = sitemapFiles([odd, { address: site, lastmod: '2026-01-31' }, ...priorities], site)
    expect(map!.text).toContain('<priority>0.3333</priority>')
    const args = ['--noout', '--nonet', '--schema', schema, '-']
    const { status, stderr } = spawnSync('xmllint', args, { input: map!.text, encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  })

  it('is split before a file is larger than 50 MB', () => {
    const long = Array.from({ length: 30_000 }, (_, i) => ({ address: `${site}${i}${'x'.repeat(2000)}` }))
    const files = sitemapFiles(long, site)
    expect(files).toHaveLength(3)
    for (const { text } of files) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(50 * 1024 * 1024)
  })

  it.each(['2026-01-31', '2026-01-31T10:00:00Z', '2026-01-31T10:00:00+02:00', new Date().toISOString()])(
    'takes the date %s',
    (lastmod) => {
      expect(sitemapFiles([{ address: site, lastmod }], site)[0]!.text).toContain(
        `<lastmod>${lastmod}</lastmod>`,
      )
    },
  )

  it.each(['', '2026', '2026-01', '2026-01-31T10:00Z', 'today', '31.1.2026', '2026-1-31', '<b>'])(
    'refuses the date %j',
    (lastmod) => {
      expect(() => sitemapFiles([{ address: site, lastmod }], site)).toThrow('which the sitemap cannot take')
    },
  )
})
