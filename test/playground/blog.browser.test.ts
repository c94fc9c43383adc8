import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { type App, copyPlayground } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { start } from '../start.ts'

/** The files below a folder whose text has these words. */
async function filesWith(folder: string, words: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  return paths.filter((_, i) => texts[i]!.includes(words)).map((path) => relative(folder, path))
}

describe.skipIf(!hasBrowser)('the blog', () => {
  let app: App
  beforeAll(async () => {
    app = await copyPlayground('blog')
    await app.build()
  })

  it('hydrates from the published folder, and goes to a post and back', async () => {
    app.env.BLOG_PUBLIC_URL = await serving(website(join(app.dir, 'www')))
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    const { page, errors } = await openBrowser()
    await page.goto(app.env.BLOG_PUBLIC_URL)
    const link = page.locator('main a[href^="/posts/"]').first()
    const title = (await link.textContent())!.trim()
    const requests: string[] = []
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    await link.click()
    await page.waitForURL('**/posts/*/')
    await expect.poll(() => page.locator('h1').textContent()).toBe(title)
    // Hydrated: the post was fetched as data, not as a page.
    expect(requests.filter((path) => path.startsWith('/posts/'))).toEqual([])
    expect(requests.some((path) => path.startsWith('/api/posts/'))).toBe(true)
    await page.goBack()
    await page.locator('main a[href^="/posts/"]').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expect(errors).toEqual([])
  })

  it('is edited in a form, and what was saved is public at once', async () => {
    const publicUrl = await serving(website(join(app.dir, 'www')))
    Object.assign(app.env, { BLOG_PUBLIC_URL: publicUrl, BLOG_EDITOR_PASSWORD: 'tea' })
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    const before = await app.files('www')
    const origin = await start(app, 'server.js')
    const { host } = new URL(origin)
    expect((await fetch(`${origin}/admin/posts/kombucha-slowly`)).status).toBe(401)
    const authorization = `Basic ${btoa('me:tea')}`
    const forged = await fetch(`${origin}/admin/posts/kombucha-slowly`, {
      method: 'POST',
      headers: { authorization, origin: 'http://evil.example' },
      body: new URLSearchParams({ title: 'a', summary: 'b', body: 'c' }),
    })
    expect(forged.status).toBe(403)

    const { page, errors } = await openBrowser()
    const times: number[] = []
    for (const title of ['Kombucha, at last', 'Kombucha & <haste>', 'Kombucha, slowly again']) {
      await page.goto(`http://me:tea@${host}/admin/posts/kombucha-slowly`)
      await page.locator('textarea[name=title]').fill(title)
      await page.locator('textarea[name=body]').fill(`<p>Saved as <em>${times.length}</em>.</p>`)
      const began = performance.now()
      await page.locator('button').click()
      await page.waitForURL(`${publicUrl}posts/kombucha-slowly/`)
      times.push(Math.round(performance.now() - began))
      expect(await page.locator('h1').textContent()).toBe(title)
      expect(await page.locator('em').first().textContent()).toBe(String(times.length - 1))
    }
    process.stdout.write(`saved and public after ${times.join(', ')} ms\n`)
    expect(Math.min(...times)).toBeLessThan(2000)
    expect(errors).toEqual([])

    // The lists that show it, the feed and the neighbours' links have the new title, and nothing else was touched.
    const showing = await filesWith(join(app.dir, 'www'), 'Kombucha, slowly again')
    expect(showing).toContain('api/posts/kombucha-slowly.json')
    expect(showing.filter((file) => file.startsWith('page/'))).toHaveLength(1)
    expect(showing.some((file) => file.startsWith('tags/'))).toBe(true)
    expect(showing.filter((file) => file.startsWith('posts/'))).toHaveLength(3)
    expect(await filesWith(join(app.dir, 'www'), 'Kombucha, at last')).toEqual([])
    expect(await app.files('www')).toEqual(before)
  })
})
