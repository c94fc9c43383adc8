import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BuiltSite, type Outcome, differences, readFiles, readSite } from './built-site.ts'
import { resultOf } from './pages-app.ts'

interface Content {
  text: string
  headers: Record<string, string>
  /** Headers of a 304. */
  unmodified: Record<string, string>
  /** Answers 304 to whoever asks. */
  always304?: boolean
  key?: string
  accepted: number[]
}

const content = `import { appendFileSync, readFileSync } from 'node:fs'
const content = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
const asked = (headers) => appendFileSync(new URL('../asked.txt', import.meta.url), (headers.get('if-none-match') ?? 'anything') + '\\n')
`

/** Notes what it is asked for, and answers 304 to the \`ETag\` of its page. */
const plain = `${content}
import { page } from 'vite-distill/app'
export const distillRoutes = [{ route: '/', distillStatus: content.accepted, distillParams: () => [page(null, { cacheKey: content.key })] }]
export default ({ headers }) => {
  asked(headers)
  const { etag } = content.headers
  if (content.always304 || (etag && headers.get('if-none-match') === etag))
    return new Response(null, { status: 304, headers: content.unmodified })
  return new Response(content.text, { headers: { 'content-type': 'text/html', ...content.headers } })
}`

async function open(source: string, more: Partial<Content> = {}): Promise<BuiltSite<Content>> {
  const given: Content = { text: 'one', headers: {}, unmodified: {}, accepted: [200], ...more }
  const site = await BuiltSite.create(given, source)
  onTestFinished(() => site.remove())
  return site
}

/** Distils, and resolves to the outcome with what the app was asked for. */
async function distill(site: BuiltSite<Content>): Promise<{ outcome: Outcome; asked: string[] }> {
  const file = join(site.dir, 'asked.txt')
  await rm(file, { force: true })
  await appendFile(file, '')
  await site.save()
  const outcome = await site.distill()
  return { outcome, asked: (await readFile(file, 'utf8')).split('\n').slice(0, -1) }
}

const summaryOf = ({ outcome, asked }: Awaited<ReturnType<typeof distill>>) => {
  const { rendered, kept, reasons } = resultOf(outcome)
  return { rendered, kept, asked, reason: reasons()[0]!.reason }
}

const rendered = { rendered: 1, kept: 0 }
const kept = { rendered: 0, kept: 1, reason: 'the app answered 304' }

describe('a page with an `ETag`', () => {
  it('is asked for with `If-None-Match` only if nothing else changed, and is kept by a 304', async () => {
    const headers = { etag: '"1"', 'cache-control': 'max-age=1' }
    const site = await open(plain, { headers, unmodified: headers })
    expect(summaryOf(await distill(site))).toMatchObject({ ...rendered, asked: ['anything'] })
    expect(summaryOf(await distill(site))).toEqual({ ...kept, asked: ['"1"'] })
    // A kept page is asked for in the same way by the next build.
    expect(summaryOf(await distill(site))).toEqual({ ...kept, asked: ['"1"'] })

    site.content.headers = { ...headers, etag: 'W/"2"' }
    expect(summaryOf(await distill(site))).toEqual({
      ...rendered,
      asked: ['"1"'],
      reason: 'its `ETag` changed',
    })
    // The weak and the strong form of an \`ETag\` say the same.
    site.content.unmodified = { ...headers, etag: '"2"' }
    expect(summaryOf(await distill(site))).toEqual({ ...kept, asked: ['W/"2"'] })

    await writeFile(join(site.outDir, 'index.html'), 'two')
    expect(summaryOf(await distill(site))).toMatchObject({ ...rendered, asked: ['anything'] })
    site.source += '\n// Another bundle.'
    expect(summaryOf(await distill(site))).toMatchObject({ ...rendered, asked: ['anything'] })
    await site.distill({ force: true })
    expect(summaryOf(await distill(site))).toMatchObject(kept)
    const file = join(site.dir, 'asked.txt')
    await rm(file)
    resultOf(await site.distill({ force: true }))
    expect(await readFile(file, 'utf8')).toBe('anything\n')
    const anew = await site.distillAnew()
    expect(differences(await readSite(site.outDir), await readSite(anew.outDir))).toEqual([])
  })

  it('is not asked for while its cache key is the same, and is when that has changed or is missing', async () => {
    const headers = { etag: '"1"' }
    const site = await open(plain, { headers, unmodified: headers, key: 'a' })
    await distill(site)
    expect(summaryOf(await distill(site))).toMatchObject({ kept: 1, asked: [] })
    site.content.key = 'b'
    expect(summaryOf(await distill(site))).toEqual({ ...kept, asked: ['"1"'] })
    // The new key is recorded with it.
    expect(summaryOf(await distill(site))).toMatchObject({ kept: 1, asked: [] })
    delete site.content.key
    expect(summaryOf(await distill(site))).toEqual({ ...kept, asked: ['"1"'] })
  })

  it.each<
    [what: string, headers: Record<string, string>, unmodified: Record<string, string>, keeps: boolean]
  >([
    ['says nothing else', {}, {}, true],
    ['names the `ETag`', {}, { etag: '"1"' }, true],
    ['names another `ETag`', {}, { etag: '"2"' }, false],
    ['has the same `Cache-Control`', { 'cache-control': 'no-cache' }, { 'cache-control': 'no-cache' }, true],
    ['has another `Cache-Control`', { 'cache-control': 'no-cache' }, { 'cache-control': 'max-age=9' }, false],
    ['has a `Cache-Control` that is new', {}, { 'cache-control': 'max-age=9' }, false],
    ['has no `Cache-Control` any more', { 'cache-control': 'no-cache' }, {}, false],
    ['has another `Content-Language`', { 'content-language': 'en' }, { 'content-language': 'fr' }, false],
    ['has no `Content-Language`', { 'content-language': 'en' }, {}, true],
  ])(
    'is kept by a 304 that says of its headers what is recorded: that %s',
    async (_, headers, unmodified, keeps) => {
      const site = await open(plain, { headers: { etag: '"1"', ...headers }, unmodified })
      await distill(site)
      // Asked again without the condition, the page comes with its headers of now.
      const asked = keeps ? ['"1"'] : ['"1"', 'anything']
      expect(summaryOf(await distill(site))).toMatchObject({ ...(keeps ? kept : rendered), asked })
    },
  )

  it.each([[[200]], [[304]], [[200, 304]]])(
    'fails with a 304 that nobody asked for, even where %j is accepted',
    async (accepted) => {
      const site = await open(plain, { accepted: [200] })
      await distill(site)
      const before = await readFiles(join(site.dir, 'dist/static'))
      Object.assign(site.content, { always304: true, accepted })
      expect((await distill(site)).outcome).toMatchObject({
        code: 'PAGES_FAILED',
        message: expect.stringContaining('to a request without `If-None-Match`'),
      })
      expect(differences(await readFiles(site.outDir), before)).toEqual([])
    },
  )
})

describe('apps that know `ETag`', () => {
  it.each([
    [
      'h3, by `handleCacheHeaders()`',
      `${content}
import { createHash } from 'node:crypto'
import { H3, handleCacheHeaders } from 'h3'
import { routes } from 'vite-distill/app'
const etag = JSON.stringify(createHash('md5').update(content.text).digest('hex'))
export default new H3().register(routes({ '/': { distill: true, default(event) {
  asked(event.req.headers)
  if (handleCacheHeaders(event, { etag, maxAge: 60 })) return ''
  event.res.headers.set('content-type', 'text/html')
  return content.text
} } }))`,
      { 'content-type': 'text/html', 'cache-control': expect.stringContaining('max-age=60') as string },
    ],
    [
      'Hono, by its middleware `etag`',
      `${content}
import { Hono } from 'hono'
import { etag } from 'hono/etag'
const app = new Hono()
app.use(etag())
app.get('/', (c) => (asked(c.req.raw.headers), c.html(content.text, 200, { 'cache-control': 'max-age=60' })))
export const distillRoutes = [{ route: '/' }]
export default app`,
      { 'content-type': 'text/html; charset=UTF-8', 'cache-control': 'max-age=60' },
    ],
  ])('are asked whether a page changed: %s', async (_, source, headers) => {
    const site = await open(source)
    expect(summaryOf(await distill(site))).toMatchObject({ ...rendered, asked: ['anything'] })
    const again = await distill(site)
    expect(summaryOf(again)).toMatchObject({ ...kept, asked: [expect.stringMatching(/^(W\/)?"\w+"$/)] })
    site.content.text = 'two'
    expect(summaryOf(await distill(site))).toMatchObject({ ...rendered, reason: 'its `ETag` changed' })
    expect(await readFile(join(site.outDir, 'index.html'), 'utf8')).toBe('two')
    const manifest = (await readFile(`${site.outDir}.manifest.jsonl`, 'utf8')).split('\n')
    expect(JSON.parse(manifest[1]!)).toMatchObject({ key: 'index.html', headers })
    const anew = await site.distillAnew()
    expect(differences(await readSite(site.outDir), await readSite(anew.outDir))).toEqual([])
  })
})
