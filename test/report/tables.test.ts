import { describe, expect, it } from 'vitest'
import { changeRows } from '../../report/src/build/changes.ts'
import { fileColumns, fileTexts, kindOf, publicUrl, whyOf } from '../../report/src/build/files.ts'
import { linkRows } from '../../report/src/build/links.ts'
import { countActions, largest, summarizeRoutes } from '../../report/src/build/routes.ts'
import { createSite } from '../../report/src/build/site.ts'
import { localPath, pageRows } from '../../report/src/dev/pages.ts'
import { viewsOf } from '../../report/src/views.ts'
import { createBuildReport, createDevReport, createPlan, oddFiles } from './fixtures.ts'

const report = createBuildReport(300)

describe('a site', () => {
  it('knows links out and links in', () => {
    const site = createSite(report)
    for (const file of report.files) {
      const links = site.linksOf(file)
      expect(links.map(({ key }) => key)).toEqual((file.links ?? []).map((index) => report.files[index]!.key))
      for (const link of links) expect(site.referrersOf(link)).toContain(file)
    }
    const ends = report.files.reduce((sum, file) => sum + site.referrersOf(file).length, 0)
    expect(ends).toBe(report.files.reduce((sum, { links = [] }) => sum + links.length, 0))
  })

  it('passes over links to files that it does not list', () => {
    const site = createSite({ files: oddFiles })
    expect(site.linksOf(oddFiles[1]!)).toEqual([oddFiles[0]])
    expect(site.referrersOf(oddFiles[0]!)).toEqual([oddFiles[1]])
    expect(site.fileOf('gone')).toBeUndefined()
    expect(createSite({ files: [] }).referrersOf(oddFiles[0]!)).toEqual([])
  })
})

describe('tables', () => {
  it('say which files the option `rendered` emitted', () => {
    const file = { ...oddFiles[0]!, kind: 'asset' } as const
    expect(kindOf(file)).toBe('asset')
    expect(kindOf({ ...file, emitted: true })).toBe('asset, emitted by the option rendered')
    expect(kindOf({ ...file, hashed: true })).toBe('asset, its name has a hash of its content')
  })

  it('show every file, the odd ones too', () => {
    for (const file of [...report.files, ...oddFiles]) {
      for (const { text } of fileColumns) expect(text(file)).toBeTypeOf('string')
      for (const text of fileTexts(file)) expect(text).toBeTypeOf('string')
    }
    expect(whyOf({ ...oddFiles[0]!, reason: 'it has no cache key' })).toBe('rendered: it has no cache key')
    expect(whyOf(oddFiles[3]!)).toBe('')
  })

  it('lead to the public address of a website, and nowhere else', () => {
    expect(publicUrl({ url: '/a/' }, 'https://www.example.com')).toBe('https://www.example.com/a/')
    expect(publicUrl({ url: 'javascript:alert(1)' }, 'https://www.example.com')).toBeUndefined()
    expect(publicUrl({ url: '/a/' }, undefined)).toBeUndefined()
    expect(publicUrl({ url: '/a/' }, 'nonsense')).toBeUndefined()
    expect(['/a/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'].map(localPath)).toEqual([
      '/a/',
      undefined,
      undefined,
      undefined,
    ])
  })

  it('list what changed and what was removed, by key', () => {
    const rows = changeRows(report)
    const { changes } = report
    expect(rows).toHaveLength(changes.new + changes.changed + changes.removed)
    expect(rows.map(({ key }) => key)).toEqual(rows.map(({ key }) => key).sort())
    expect(rows.find(({ change }) => change === 'removed')).toEqual({
      key: report.removed[0],
      change: 'removed',
    })
  })

  it('say why a link is broken', () => {
    const rows = linkRows(report.links!, (key) => `/${key}`)
    expect(rows.map(({ problem, level, why }) => `${problem}, ${level}: ${why}`).slice(0, 5)).toEqual([
      'missing, error: the site has no such page or file; is `/posts/misspelt/` meant?',
      'fragment, warning: no element has this `id`',
      'missing, warning: route `/account` is not distilled',
      'redirected, notice: costs visitors a redirect; it could be `/posts/`',
      'unlinked, notice: no other page links to it',
    ])
    expect(rows.at(-1)!.key).toBe(report.links!.unlinked.at(-1))
  })

  it('sum up routes, and find what is largest', () => {
    const routes = summarizeRoutes(report.files)
    expect(routes.reduce((sum, { pages }) => sum + pages, 0)).toBe(report.counts.pages)
    const { rendered, kept } = countActions(report.files)
    expect([rendered + kept, rendered]).toEqual([
      report.counts.pages,
      routes.reduce((sum, { rendered }) => sum + rendered, 0),
    ])
    const sizes = report.files.map(({ size }) => size).sort((a, b) => b - a)
    expect(largest(report.files, ({ size }) => size, 8).map(({ size }) => size)).toEqual(sizes.slice(0, 8))
    expect(largest(oddFiles, ({ ms }) => ms, 8)).toEqual([])
  })

  it('name the route and the params of a page in dev', () => {
    const { pages, routes } = createDevReport(1)
    expect(pageRows({ pages, routes })).toEqual([
      { url: '/', key: 'index.html', route: '/', params: '' },
      {
        url: '/posts/post-000000/',
        key: 'posts/post-000000/index.html',
        route: '/posts/:slug',
        params: 'slug: post-000000',
      },
    ])
    expect(pageRows({ pages: [{ url: '/x', key: 'x', route: 7 }], routes: [] })[0]!.route).toBe('')
  })
})

describe('views', () => {
  const ids = (...args: Parameters<typeof viewsOf>) => viewsOf(...args).map(({ id }) => id)

  it('are those of a build, and the plan where there is one', () => {
    expect(ids(report)).toEqual(['overview', 'files', 'sizes', 'time', 'links', 'changes'])
    expect(ids({ ...report, plan: createPlan(report) }).at(-1)).toBe('plan')
  })

  it('count what the page does not list', () => {
    expect(viewsOf({ ...report, omitted: 1000 })[1]!.count).toBe(report.files.length + 1000)
  })

  it('are others in dev', () => {
    expect(ids(createDevReport(3))).toEqual(['routes', 'pages', 'redirects', 'errors'])
    expect(viewsOf(createDevReport(3))[3]).toMatchObject({ count: 1, isBad: true })
    expect(viewsOf(createDevReport(3, { errors: [] }))[3]).toMatchObject({ count: 1, isBad: false })
  })
})
