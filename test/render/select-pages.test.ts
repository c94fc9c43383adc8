import { expect, it } from 'vitest'
import type { ManifestFile } from '../../src/manifest.ts'
import { selectPages } from '../../src/render/select-pages.ts'
import type { LastSite } from '../../src/render/site/commit.ts'
import type { PageList } from '../../src/routes/types.ts'

/** URLs with their files. */
const site: Record<string, string> = {
  '/': 'index.html',
  '/about': 'about/index.html',
  '/.well-known/x': '.well-known/x/index.html',
  '/2024/': '2024/index.html',
  '/2024/a': '2024/a/index.html',
  '/2024/05/b': '2024/05/b/index.html',
  '/20245': '20245/index.html',
  '/odd/%231%20%C3%A9': 'odd/#1 é/index.html',
  '/odd/[x](y)': 'odd/[x](y)/index.html',
  '/elsewhere': '2024/elsewhere.html',
}

function select(globs: string[], { base = '/', gone = [] as string[] } = {}) {
  const pages = Object.entries(site).map(([url, key]) => ({ url, key, route: 0 }))
  const list: PageList = { routes: [{ route: '/**', status: [200] }], pages, notices: [], warnings: [] }
  const files = [...Object.values(site), ...gone].map((key) => {
    return { key, url: base + key.replace(/(^|\/)index\.html$/, '$1'), route: '/**' } as ManifestFile
  })
  const asset = { key: '2024/a.js', url: `${base}2024/a.js` } as ManifestFile
  const emitted = { key: 'feed.xml', url: `${base}feed.xml`, emitted: true } as ManifestFile
  const last = { header: { base }, files: [...files, asset, emitted] } as unknown as LastSite
  const { list: selected, kept } = selectPages(list, last, globs)
  return { urls: selected.pages.map(({ url }) => url), kept: kept!.map(({ key }) => key) }
}

const below2024 = ['/2024/', '/2024/a', '/2024/05/b']

it.each([
  ['/', ['/']],
  ['index', ['/']],
  ['**', Object.keys(site)],
  ['/**', Object.keys(site)],
  ['*', ['/', '/about', '/2024/', '/20245', '/elsewhere']],
  ['about', ['/about']],
  ['/about/', ['/about']],
  ['2024', below2024],
  ['2024/', below2024],
  ['/2024/**', below2024],
  ['2024/*', ['/2024/a']],
  ['odd/#1 é', ['/odd/%231%20%C3%A9']],
  ['/odd/%231%20%C3%A9', ['/odd/%231%20%C3%A9']],
  ['odd/[x](y)', ['/odd/[x](y)']],
])('--only %s', (glob, urls) => {
  expect(select([glob]).urls).toEqual(urls)
})

it('keeps every other file but those of `rendered`, and removes pages that matched and are gone', () => {
  const gone = ['2024/old/index.html', '2024/older.html', 'gone/index.html']
  const { kept } = select(['2024'], { base: '/docs/', gone })
  const rendered = new Set(['2024/index.html', '2024/a/index.html', '2024/05/b/index.html'])
  expect(kept).toEqual([
    ...Object.values(site).filter((key) => !rendered.has(key)),
    'gone/index.html',
    '2024/a.js',
  ])
})

it.each(['nope', '2025', 'about/*', 'index/x'])('--only %s matches nothing', (glob) => {
  expect(() => select([glob])).toThrow(`no page matches \`--only ${glob}\``)
})
