import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { copyPlayground, createApp, serverEntry, viteConfig } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { startS3 } from '../servers/s3.ts'
import { startVite } from '../start.ts'

const contentTag = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10)

describe.skipIf(!hasBrowser)('a site with tags', () => {
  it('hydrates in dev without a word, and shows a new image at once', async () => {
    const app = await copyPlayground('blog')
    const origin = await startVite(app)
    const { page, errors } = await openBrowser()
    await page.goto(`${origin}/about/`)
    const source = () => page.locator('img[src*="gate.png"]').getAttribute('src')
    await page.waitForFunction("'__vue_app__' in document.querySelector('#app')")
    const before = await source()
    expect(before).toMatch(/^\/img\/gate\.png\?tag=[0-9a-f]{10}$/)
    await app.write({ 'public/img/gate.png': 'another' })
    await expect.poll(source, { timeout: 10_000 }).toBe(`/img/gate.png?tag=${contentTag('another')}`)
    expect(errors).toEqual([])
  })

  it('behind a cache that goes by the full URL, shows a new image at once after a publish, and without a tag the old one', async () => {
    const picture = (width: number) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="10"><rect width="9" height="9"/></svg>`
    const app = await createApp({
      'public/img/a.svg': picture(111),
      'public/img/b.svg': picture(50),
      'src/entry-server.ts': serverEntry(
        `'/': { distill: true, default: () => page('<img id="tagged" src="' + cdnStatic('img/a.svg') + '"><img id="kept" src="' + cdnStatic('img/b.svg') + '"><img id="plain" src="/img/a.svg">') },`,
        "import { cdnStatic } from 'vite-distill/cdn'",
      ),
    })
    const s3 = await startS3({ publicBuckets: ['www'] })
    onTestFinished(() => s3.stop())
    const bucket = await s3.website('www')
    const asked: string[] = []
    const publicUrl = await serving((request) => {
      const { pathname, search } = new URL(request.url)
      if (request.headers.get('user-agent')?.includes('Chrome')) asked.push(pathname + search)
      return fetch(new URL(pathname + search, bucket))
    })
    await app.write({
      'vite.config.ts': viteConfig(`{
          cdn: { tag: 'content' },
          publish: { default: {
            backend: 's3', bucket: 'www', endpoint: '${s3.url}', accessKeyId: 'TESTAK', secretAccessKey: 'TESTSK',
            publicUrl: '${publicUrl}',
            headers: [{ match: 'img/**', 'cache-control': 'public, max-age=31536000' }],
          } },
        }`),
    })
    const { page } = await openBrowser()
    const publish = async () => {
      await app.build()
      expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    }
    const look = async () => {
      asked.length = 0
      await page.goto('about:blank')
      await page.goto(publicUrl, { waitUntil: 'load' })
      const width = (id: string) => page.evaluate<number>(`document.getElementById('${id}').naturalWidth`)
      return {
        tagged: await width('tagged'),
        plain: await width('plain'),
        images: asked.filter((url) => url.startsWith('/img/')).sort(),
      }
    }
    const [one, two, b] = [picture(111), picture(222), picture(50)].map(contentTag)

    await publish()
    const cacheControl = async (path: string) =>
      (await fetch(new URL(path, publicUrl))).headers.get('cache-control')
    expect(await cacheControl(`img/a.svg?tag=${one}`)).toBe('public, max-age=31536000')
    expect(await cacheControl('')).toBe('public, max-age=0, must-revalidate')
    expect(await look()).toEqual({
      tagged: 111,
      plain: 111,
      images: ['/img/a.svg', `/img/a.svg?tag=${one}`, `/img/b.svg?tag=${b}`],
    })
    expect(await look()).toEqual({ tagged: 111, plain: 111, images: [] })

    await app.write({ 'public/img/a.svg': picture(222) })
    await publish()
    expect(await look()).toEqual({ tagged: 222, plain: 111, images: [`/img/a.svg?tag=${two}`] })
  })
})
