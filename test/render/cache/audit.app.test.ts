import { describe, expect, it } from 'vitest'
import { BuiltSite, differences, readFiles, readSite } from './built-site.ts'
import { type Pages, pagesSite, reasonsOf, resultOf } from './pages-app.ts'

const all = { cache: { audit: 1 } }

describe('the audit', () => {
  it('finds keys that lie, names page, key and line, and leaves site, manifest and record as they were', async () => {
    const site = await pagesSite({
      a: { text: 'one\ntwo\nthree', key: 'v1' },
      b: { text: 'b', key: 'x'.repeat(65) },
      c: { text: 'c', key: 'v1', headers: { 'cache-control': 'max-age=1' } },
      d: { text: 'd', key: 'v1' },
      e: { text: 'e', key: 'v1' },
    })
    site.content.a!.text = 'one\nTWO\nthree'
    site.content.b!.text = 'b and more'
    site.content.c!.headers = { 'cache-control': 'max-age=2' }
    site.content.d!.status = 404
    await site.save()
    const before = await readFiles(site.outDir)
    const { code, message } = (await site.distill(all)) as { code: string; message: string }
    expect(code).toBe('CACHE_STALE')
    expect(message).toContain('4 of 5 audited pages')
    expect(message).toContain(
      '`/p/a` (route `/p/:slug`), cache key `v1`, line 2\n    kept:     two\n    rendered: TWO\n',
    )
    expect(message).toMatch(
      /`\/p\/b` .*, cache key `sha256:[0-9a-f]{64}`, line 1\n {4}kept: {5}b\n {4}rendered: b and more/,
    )
    expect(message).toMatch(
      /`\/p\/c` .*, status or headers\n {4}kept: {5}{"status":200,"headers":{"content-type":"text\/html","cache-control":"max-age=1"}}\n.*"max-age=2"/,
    )
    expect(message).toMatch(/`\/p\/d` .*, status or headers\n.*"status":200.*\n.*"status":404/)
    expect(message).not.toContain('`/p/e`')
    expect(differences(await readFiles(site.outDir), before)).toEqual([])

    // All are rendered then, and those are named whose keys lied.
    const forced = await site.distill({ force: true })
    const lied = 'it changed, and its cache key did not: it would have been kept as it was'
    expect(resultOf(forced).warnings).toEqual([`page \`/p/a\` and 3 more: ${lied}`])
    expect(resultOf(forced)).toMatchObject({ rendered: 5, kept: 0, audited: 0 })
    expect(reasonsOf(forced).e).toBe('`--force`; it would be kept')
    const anew = await site.distillAnew()
    expect(differences(await readSite(site.outDir), await readSite(anew.outDir))).toEqual([])
    expect(resultOf(await site.distill(all))).toMatchObject({ kept: 5, audited: 5, warnings: [] })
  })

  it('takes a share of the kept pages, at least one, and none where that is 0', async () => {
    const pages: Pages = { other: { text: 'not kept' } }
    for (let i = 0; i < 150; i++) pages[`n${i}`] = { text: `${i}`, key: '1' }
    const site = await pagesSite(pages)
    for (const [audit, audited] of [
      [0, 0],
      [0.001, 1],
      [0.01, 2],
      [1, 100],
    ] as const)
      expect(resultOf(await site.distill({ cache: { audit } }))).toMatchObject({ kept: 150, audited })

    // The share may be 0: then nothing notices.
    for (const page of Object.values(pages)) page.text += ' changed'
    await site.save()
    expect(resultOf(await site.distill())).toMatchObject({ kept: 150, changed: 1 })
    expect(await site.distill({ cache: { audit: 0.001 } })).toMatchObject({
      code: 'CACHE_STALE',
      message: expect.stringContaining('1 of 1 audited page changed'),
    })
    // `--verify` keeps none.
    expect(resultOf(await site.distill({ verify: true }))).toMatchObject({
      rendered: 151,
      kept: 0,
      audited: 0,
    })
  })

  it('fails with a page that fails, or that `transform` leaves out now', async () => {
    const site = await pagesSite({ a: { text: 'a', key: '1' }, b: { text: 'b', key: '1' } })
    const before = await readFiles(site.outDir)
    site.content.b!.throws = true
    await site.save()
    expect(await site.distill(all)).toMatchObject({
      code: 'PAGES_FAILED',
      message: expect.stringContaining('`/p/b`'),
    })
    expect(differences(await readFiles(site.outDir), before)).toEqual([])
    site.content.b!.throws = false
    await site.save()
    expect(resultOf(await site.distill(all))).toMatchObject({ audited: 2 })

    let leavesOut = false
    site.options = { transform: ({ url }) => (leavesOut && url === '/p/b' ? null : undefined) }
    resultOf(await site.distill())
    leavesOut = true
    expect(await site.distill(all)).toMatchObject({
      code: 'CACHE_STALE',
      message: expect.stringMatching(
        /`\/p\/b` .*\n {4}kept: {5}a page\n {4}rendered: left out by `transform`/,
      ),
    })
  })

  it('is made of pages that were kept by their `ETag`, too', async () => {
    const site = await BuiltSite.create({ text: 'one' }, etagSource)
    try {
      resultOf(await site.distill())
      expect(resultOf(await site.distill(all))).toMatchObject({ kept: 1, audited: 1 })
      site.content.text = 'two'
      await site.save()
      expect(await site.distill(all)).toMatchObject({
        code: 'CACHE_STALE',
        message: expect.stringMatching(/`\/` .*, `ETag` `"always the same"`, line 1\n.*one\n.*two/),
      })
    } finally {
      await site.remove()
    }
  })
})

/** An app that answers 304 though its page is another. */
const etagSource = `import { readFileSync } from 'node:fs'
const { text } = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
export const distillRoutes = [{ route: '/' }]
export default ({ headers }) => headers.get('if-none-match') === '"always the same"'
  ? new Response(null, { status: 304 })
  : new Response(text, { headers: { 'content-type': 'text/html', etag: '"always the same"' } })
`
