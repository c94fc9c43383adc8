import { appendFile, cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, copyPlayground, repository } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'

const wide = { width: 1280, height: 800 }
const narrow = { width: 390, height: 844 }

/** One page of each kind: home, prose, wide tables, long lists, code, short, deep in the menu. */
const kinds = ['/', '/options/', '/performance/', '/changelog/', '/routes/', '/sitemap/', '/backends/s3/']

/** What vite-distill prints, but for numbers, addresses and times of single pages. */
const shape = (output: string): string[] =>
  output
    .replace(/^[^]*(?=✓ distilled)/, '')
    .split('\n')
    // Not every build prints these.
    .filter((line) => line.trim() && !/^ {2}(first page|slowest|report): /.test(line))
    .map((line) =>
      line
        .replace(/(\w+:|~)\/\S*\//g, '<address>')
        .replace(/requests \(.*\)/, 'requests (…)')
        .replace(/(\d+ min )?\d[\d.,]* m?s\b/g, '<time>')
        .replace(/\d[\d.,]*( [kM]?B)?/g, '<number>'),
    )

/** A copy of the documentation in a folder that has links to the rest of the repository. */
async function copyTexts(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vite-distill-docs-'))
  for (const entry of await readdir(repository)) {
    const [from, to] = [join(repository, entry), join(dir, entry)]
    if (entry === 'docs' || entry.endsWith('.md')) await cp(from, to, { recursive: true })
    else await symlink(from, to)
  }
  return dir
}

describe.skipIf(!hasBrowser)('the documentation as a site', () => {
  let app: App
  let s3: S3Server
  let url: string
  let built: string
  let published: string
  /** The paths of the sitemap. */
  let pages: string[]

  beforeAll(async () => {
    s3 = await startS3({ publicBuckets: ['docs'] })
    s3.buckets.get('docs')!.website = { index: 'index.html', error: '404.html' }
    url = await s3.website('docs')
    app = await copyPlayground('docs')
    app.env = {
      DOCS_REPOSITORY: await copyTexts(),
      DOCS_URL: url,
      DOCS_S3_ENDPOINT: s3.url,
      AWS_ACCESS_KEY_ID: 'TESTAK',
      AWS_SECRET_ACCESS_KEY: 'TESTSK',
    }
    built = await app.build()
    const { exitCode, stdout, stderr } = await app.distill('publish', 's3-test', '--yes')
    expect(exitCode, stderr).toBe(0)
    published = `${stderr}\n${stdout}`
    const sitemap = await (await fetch(`${url}sitemap.xml`)).text()
    pages = [...sitemap.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, loc]) => new URL(loc!).pathname)
  })
  afterAll(async () => {
    await s3?.stop()
    if (app?.env.DOCS_REPOSITORY) await rm(app.env.DOCS_REPOSITORY, { recursive: true, force: true })
  })

  /** What is wrong with the page that is open: barriers, shifts, what blocks the first paint. */
  async function faults(page: Page): Promise<string[]> {
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })")
    const shifts = await page.evaluate<string[]>('shifts')
    const blocking = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').filter((entry) => entry.renderBlockingStatus === 'blocking').map((entry) => entry.name)",
    )
    const wider = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    return [
      ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      ...shifts.map((shift) => `layout shift: ${shift}`),
      ...blocking
        .filter((name) => !/\/assets\/index-[\w-]+\.css$/.test(name))
        .map((name) => `blocks: ${name}`),
      ...(blocking.length === 1 ? [] : [`${blocking.length} requests block`]),
      ...(wider > 0 ? [`${wider} px wider than the window`] : []),
    ]
  }

  /** A browser that records layout shifts, and everything that it could not load or that is of another site. */
  async function visitor() {
    const { page, errors } = await openBrowser()
    page.on('requestfailed', (request) => errors.push(`failed: ${request.url()}`))
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) errors.push(`another site: ${request.url()}`)
    })
    await page.addInitScript({
      content: `globalThis.shifts = []
        new PerformanceObserver((list) => {
          for (const { value, hadRecentInput, sources } of list.getEntries())
            if (!hadRecentInput) shifts.push(value + ' ' + sources.map(({ node }) => node?.outerHTML?.slice(0, 80)))
        }).observe({ type: 'layout-shift', buffered: true })`,
    })
    return { page, errors }
  }

  it('is built, published and verified, and the next build renders what was edited', async () => {
    expect(built).not.toContain('!')
    expect(pages.length).toBeGreaterThan(40)
    for (const path of kinds) expect(pages).toContain(path)
    const [, files] = /(\d+) uploaded/.exec(published)!
    expect(published).toContain(`  ${files} verified through ${url}`)
    expect(await app.build()).toMatch(/^ {2}rendered 0, kept \d+ \(\d+ of them audited\)$/m)
    await appendFile(join(app.env.DOCS_REPOSITORY!, 'docs/sitemap.md'), '\nOne more _sentence_.\n')
    // The page and the index of the search.
    expect(await app.build()).toMatch(/^ {2}2 changed, .*\n {2}rendered 2, kept \d+ /m)
    expect(await app.read('dist/static/sitemap/index.html')).toContain('<p>One more <em>sentence</em>.</p>')
  })

  it('shows what the demo prints', async () => {
    const [build, publish] = (await app.read('demo.txt')).split('$ vite-distill publish --yes')
    expect(shape(built)).toEqual(shape(build!))
    expect(shape(published)).toEqual(shape(publish!.replace(/\n\n[^]*/, '')))
    const home = await app.read('dist/static/index.html')
    expect(home).toContain(/^ +\d+ verified through .*$/m.exec(publish!)![0])
    expect(home).not.toContain('modules transformed')
  })

  it('has no barrier, shift, error or failed request on any page', async () => {
    const { page, errors } = await visitor()
    await page.setViewportSize(wide)
    const found: Record<string, string[]> = {}
    for (const path of pages) {
      await page.goto(url + path.slice(1))
      const wrong = await faults(page)
      if (wrong.length > 0) found[path] = wrong
    }
    expect(found).toEqual({})
    expect(errors).toEqual([])
  })

  it('nor in the other theme and width', async () => {
    const { page, errors } = await visitor()
    const found: Record<string, string[]> = {}
    for (const [viewport, colorScheme] of [
      [wide, 'dark'],
      [narrow, 'light'],
      [narrow, 'dark'],
    ] as const) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      for (const path of [...kinds, '/404.html']) {
        await page.goto(url + path.slice(1))
        // Images are loaded when they are near.
        await page.evaluate('scrollTo(0, document.body.scrollHeight)')
        await page.waitForFunction('[...document.images].every((image) => image.complete)')
        const wrong = await faults(page)
        if (wrong.length > 0) found[`${path} ${viewport.width} ${colorScheme}`] = wrong
      }
    }
    expect(found).toEqual({})
    expect(errors).toEqual([])
  })

  it('fits windows of every width', async () => {
    const { page } = await visitor()
    const beyond: string[] = []
    for (const path of ['', 'options/']) {
      await page.goto(url + path)
      for (const width of [320, 390, 600, 767, 768, 895, 896, 1119, 1120, 1600]) {
        await page.setViewportSize({ width, height: 800 })
        const right = await page.evaluate<number>(
          "Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('header > *')].map((element) => element.getBoundingClientRect().right))",
        )
        if (right > width) beyond.push(`/${path} at ${width}: ${right}`)
      }
    }
    expect(beyond).toEqual([])
  })

  it('is searched by keyboard', async () => {
    const { page, errors } = await visitor()
    const index: string[] = []
    page.on('request', (request) => request.url().endsWith('.json') && index.push(request.url()))
    await page.goto(url)
    expect(index).toEqual([])
    await page.keyboard.press('Control+k')
    const input = page.getByRole('combobox', { name: 'Search the documentation' })
    await input.fill('cache key')
    const selected = page.getByRole('option', { selected: true })
    await expect.poll(() => selected.innerText()).toContain('distillCacheKey')
    expect(index).toEqual([`${url}search-index.json`])
    expect(await page.getByRole('status').innerText()).toMatch(/^\d+ results$/)
    expect(await faults(page)).toEqual([])

    const first = await input.getAttribute('aria-activedescendant')
    await input.press('ArrowDown')
    expect(await input.getAttribute('aria-activedescendant')).not.toBe(first)
    await input.press('ArrowUp')
    await input.press('Enter')
    await page.waitForURL(`${url}routes/#distillcachekey`)

    await page.keyboard.press('/')
    await input.fill('xyzzyplugh')
    await expect.poll(() => page.getByRole('status').innerText()).toBe('Nothing found for “xyzzyplugh”')
    await input.press('Escape')
    expect(await input.isVisible()).toBe(false)
    // The focus is where it was.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BODY')
    expect(errors).toEqual([])
  })

  it('says so when the search cannot be loaded, and tries again', async () => {
    const { page } = await openBrowser()
    await page.goto(`${url}options/`)
    await page.route('**/search-index.json', (route) => route.abort(), { times: 1 })
    await page.getByRole('button', { name: 'Search' }).click()
    const input = page.getByRole('combobox')
    await expect.poll(() => page.getByRole('status').innerText()).toBe('The search could not be loaded.')
    await input.fill('releases')
    await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(1)
  })

  it('keeps a chosen theme, without a flash of the other', async () => {
    const { page, errors } = await visitor()
    const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(url)
    const light = await ground()
    const toggle = page.getByRole('button', { name: 'Dark theme' })
    expect(await toggle.getAttribute('aria-pressed')).toBe('false')
    await toggle.click()
    expect(await toggle.getAttribute('aria-pressed')).toBe('true')
    const dark = await ground()
    expect(dark).not.toBe(light)

    // The theme is there before the body is.
    await page.addInitScript({
      content: `new MutationObserver((_, observer) => {
          if (!document.body) return
          globalThis.theme = document.documentElement.dataset.theme
          observer.disconnect()
        }).observe(document, { childList: true, subtree: true })`,
    })
    await page.goto(`${url}options/`)
    expect(await page.evaluate('theme')).toBe('dark')
    expect(await ground()).toBe(dark)
    await toggle.click()
    expect(await ground()).toBe(light)
    expect(await page.evaluate('localStorage.length')).toBe(0)
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await ground()).toBe(dark)
    expect(errors).toEqual([])
  })

  it('is read without scripts, with its menu at 390 pixels', async () => {
    const { page, errors } = await visitor()
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.setViewportSize(narrow)
    await page.goto(`${url}options/`)
    expect(await page.locator('h1').innerText()).toBe('Options')
    expect(await page.locator('pre .k').first().isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Search' }).isVisible()).toBe(false)
    const menu = page.getByRole('navigation', { name: 'Documentation' })
    expect(await menu.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Menu' }).click()
    await menu.getByRole('link', { name: 'Releases and rollback' }).click()
    await page.waitForURL(`${url}releases/`)
    await page.getByRole('button', { name: 'On this page' }).click()
    await page.getByRole('link', { name: 'What refuses' }).first().click()
    expect(new URL(page.url()).hash).toBe('#what-refuses')
    expect(errors).toEqual([])
  })
})
