import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type ServerResponse, createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { DevReport, ReportData } from '../../src/report/data.ts'
import { repository } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { createBuildReport, createDevReport, createPlan, oddFiles } from './fixtures.ts'

const built = join(repository, 'dist/report/app.html')
const axeSource = hasBrowser
  ? readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  : ''

const sizes = { narrow: { width: 390, height: 844 }, wide: { width: 1280, height: 800 } }

/** What axe finds, as a line for each element. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** Opens a page, and collects every URL that it asks for. */
async function open(url: string): Promise<{ page: Page; errors: string[]; requests: string[] }> {
  const { page, errors } = await openBrowser()
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url().replace(/#.*/, '')))
  await page.setViewportSize(sizes.wide)
  await page.goto(url)
  await page.locator('main section').waitFor()
  return { page, errors, requests }
}

const status = (page: Page) => page.getByRole('status')
const row = (page: Page, index: number) => page.locator(`[data-index="${index}"]`)
const focused = (page: Page) => page.locator(':focus').getAttribute('aria-rowindex')
/** What is shown at most at once, whatever the number of rows. */
const rowsDrawn = (page: Page) => page.locator('[data-index]').count()

describe.skipIf(!hasBrowser)('the report page of a build', () => {
  let dir: string
  let template: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vite-distill-report-'))
    template = await readFile(built, 'utf8')
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  /** The URL of a page on disk with this data. */
  async function write(name: string, data: ReportData | string): Promise<string> {
    const json = typeof data === 'string' ? data : JSON.stringify(data).replaceAll('<', '\\u003c')
    const empty = '<script type="application/json" id="data"></script>'
    expect(template.split(empty)).toHaveLength(2)
    const file = join(dir, `${name}.html`)
    await writeFile(
      file,
      template.replace(empty, () => empty.replace('></', () => `>${json}</`)),
    )
    return pathToFileURL(file).href
  }

  it('sorts, filters and walks through 100,000 files', async () => {
    const report = createBuildReport(100_000)
    const largest = report.files.reduce((a, b) => (b.size > a.size ? b : a))
    const pages = report.files.filter(({ kind }) => kind === 'page')
    const url = await write('large', report)
    const { page, errors, requests } = await open(`${url}#files`)
    const grid = page.getByRole('grid', { name: 'Files of the site' })
    expect(await grid.getAttribute('aria-rowcount')).toBe('100001')
    expect(await rowsDrawn(page)).toBeLessThan(60)

    const size = page.getByRole('columnheader', { name: 'Size' })
    await size.getByRole('button').click()
    await expect.poll(() => row(page, 0).innerText()).toContain(largest.url)
    expect(await size.getAttribute('aria-sort')).toBe('descending')
    await size.getByRole('button').click()
    expect(await size.getAttribute('aria-sort')).toBe('ascending')

    await page.getByRole('combobox', { name: 'Kind' }).selectOption('page')
    await expect
      .poll(() => status(page).innerText())
      .toBe(`${pages.length.toLocaleString('en')} of 100,000 files`)
    await page.getByRole('searchbox').fill('posts 0000')
    const found = pages.filter(({ url }) => url.startsWith('/posts/') && url.includes('0000'))
    await expect.poll(() => status(page).innerText()).toBe(`${found.length} of 100,000 files`)
    await expect.poll(() => page.url()).toContain('#files?sort=size&kind=page&q=posts+0000')

    await page.reload()
    await expect.poll(() => status(page).innerText()).toBe(`${found.length} of 100,000 files`)
    await page.getByRole('button', { name: 'Clear' }).click()
    await expect.poll(() => status(page).innerText()).toBe('100,000 files')

    await row(page, 0).focus()
    for (const [key, index] of [
      ['End', '100001'],
      ['ArrowDown', '100001'],
      ['ArrowUp', '100000'],
      ['Home', '2'],
      ['ArrowDown', '3'],
    ] as const) {
      await page.keyboard.press(key)
      await expect.poll(() => focused(page), { message: key }).toBe(index)
    }
    await page.keyboard.press('PageDown')
    await expect.poll(async () => Number(await focused(page))).toBeGreaterThan(10)
    // Scrolled far away, the row is still the one that Tab leads to.
    const at = await focused(page)
    await page.locator('.scroller').evaluate((element) => element.scrollTo(0, 1_000_000))
    await expect.poll(() => row(page, 31_250).count()).toBe(1)
    expect(await focused(page)).toBe(at)
    expect(await rowsDrawn(page)).toBeLessThan(60)

    expect(errors).toEqual([])
    expect(new Set(requests)).toEqual(new Set([url]))
  })

  it('skips to the table, opens the details of a row, and goes back', async () => {
    const report = createBuildReport(300)
    const index = report.files.findIndex(({ kind, links = [] }) => kind === 'page' && links.length > 1)
    const file = report.files[index]!
    const { page, errors } = await open(`${await write('details', report)}#files`)
    const dialog = page.getByRole('dialog')
    await page.keyboard.press('Tab')
    await expect.poll(() => page.locator(':focus').innerText()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.locator('main:focus').count()).toBe(1)
    await row(page, 0).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => dialog.getByRole('heading', { level: 2 }).innerText()).toBe(report.files[0]!.url)
    await page.keyboard.press('Escape')
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await focused(page)).toBe('2')

    await page.goto(`${page.url().replace(/#.*/, '')}#files?file=${encodeURIComponent(file.key)}`)
    const text = await dialog.innerText()
    for (const value of [file.key, file.route!, ...Object.values(file.headers)]) expect(text).toContain(value)
    const next = report.files[file.links![0]!]!
    await dialog.getByRole('link', { name: next.url, exact: true }).first().click()
    await expect.poll(() => dialog.getByRole('heading', { level: 2 }).innerText()).toBe(next.url)
    expect(await dialog.getByRole('link', { name: file.url, exact: true }).count()).toBe(1)
    expect(await violationsOf(page)).toEqual([])
    await page.goBack()
    await expect.poll(() => dialog.getByRole('heading', { level: 2 }).innerText()).toBe(file.url)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await expect.poll(() => dialog.count()).toBe(0)
    expect(errors).toEqual([])
  })

  it('walks through the sizes by keyboard', async () => {
    const report = createBuildReport(300)
    const { page, errors } = await open(`${await write('sizes', report)}#sizes`)
    const tiles = page.getByRole('list', { name: /^Sizes in/ }).getByRole('link')
    expect(await tiles.first().getAttribute('title')).toMatch(/^assets\/: .* in 40 files, \d+%$/)
    expect(await page.getByRole('link', { name: /^posts\/: .* files, \d+%$/ }).count()).toBe(1)
    await tiles.first().focus()
    const first = await page.locator(':focus').getAttribute('data-index')
    await page.keyboard.press('ArrowRight')
    expect(await page.locator(':focus').getAttribute('data-index')).not.toBe(first)
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('#sizes?folder=assets%2F')
    await expect.poll(() => status(page).innerText()).toContain('in 40 files')
    // The focus is in the map still.
    await page.keyboard.press('Enter')
    await expect
      .poll(() => page.getByRole('navigation', { name: 'Folders' }).innerText())
      .toMatch(/assets\s*\/\s*\w+/)
    await page.goBack()
    await page.goBack()
    await expect.poll(() => status(page).innerText()).toContain('in 300 files')
    await page.getByRole('link', { name: 'Table' }).click()
    await expect.poll(() => page.getByRole('grid').count()).toBe(1)
    await row(page, 0).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('folder=assets%2F&as=table')
    await expect.poll(() => focused(page)).toBe('2')
    expect(errors).toEqual([])
  })

  it('shows broken links with their referrers, times, changes and the plan', async () => {
    const report = createBuildReport(300)
    report.plan = {
      ...createPlan(report),
      refused: {
        code: 'TOO_MANY_DELETES',
        message: 'It would delete half of the target.',
        hint: 'Look at it.',
      },
    }
    const { page, errors } = await open(`${await write('views', report)}#links`)
    await row(page, 0).click()
    const dialog = page.getByRole('dialog')
    await expect.poll(() => dialog.getByRole('listitem').count()).toBe(100)
    await dialog.getByRole('button', { name: /^Show/ }).click()
    await expect.poll(() => dialog.getByRole('listitem').count()).toBe(240)
    await page.keyboard.press('Escape')
    await expect.poll(() => dialog.count()).toBe(0)

    const view = (name: string) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name })
    await view('Time').click()
    const lanes = page.getByRole('img')
    await expect.poll(() => lanes.count()).toBe(4)
    expect(await lanes.first().getAttribute('aria-label')).toMatch(
      /^Thread 1: \d+ pages, busy \d+% of the time$/,
    )
    await lanes.first().click({ position: { x: 2, y: 2 } })
    await expect.poll(() => dialog.innerText()).toContain('0 ms after rendering began')
    await page.keyboard.press('Escape')

    await view('Changes').click()
    await page.getByRole('combobox', { name: 'Change' }).selectOption('removed')
    await expect.poll(() => row(page, 0).innerText()).toContain('posts/removed-0/index.html')

    await view('Plan').click()
    await expect.poll(() => page.locator('main').innerText()).toContain('TOO_MANY_DELETES')
    expect(await view('Plan').getAttribute('aria-current')).toBe('page')
    await page.getByRole('combobox', { name: 'Action' }).selectOption('delete')
    await expect.poll(() => status(page).innerText()).toBe(`${report.removed.length} of 102 keys`)
    expect(errors).toEqual([])
  })

  it('is accessible in light and dark, narrow and wide', async () => {
    const report = createBuildReport(300)
    report.plan = createPlan(report)
    report.omitted = 5000
    report.failure = {
      code: 'PAGES_FAILED',
      message: '1 page failed',
      hint: 'Mend `src/a.ts`.',
      pages: [
        { url: '/a/', route: '/a', message: 'status 500', stack: 'Error\n    at a.ts:1:1', referrers: ['/'] },
      ],
    }
    const url = await write('accessible', report)
    const { page, errors } = await open(url)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const size of Object.values(sizes)) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(size)
        for (const view of [
          'overview',
          'files',
          'sizes',
          'sizes?as=table',
          'time',
          'links',
          'changes',
          'plan',
        ]) {
          const where = `#${view}, ${colorScheme}, ${size.width}`
          await page.goto(`${url}#${view}`)
          await page.locator('h2').waitFor({ state: 'attached' })
          expect(await violationsOf(page), where).toEqual([])
          const width = await page.evaluate<number>(
            "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)",
          )
          expect(width, where).toBeLessThanOrEqual(size.width)
        }
      }
    expect(errors).toEqual([])
  })

  it('shows odd names as text, and builds of nothing', async () => {
    const odd = createBuildReport(0, { files: oddFiles, warnings: ['</script><script>alert(1)</script>'] })
    const url = await write('odd', odd)
    const { page, errors } = await open(`${url}#files`)
    await expect.poll(() => row(page, 0).innerText()).toContain('/<img src=x onerror=alert(1)>/')
    for (const [index, file] of oddFiles.entries()) {
      await page.goto(`${url}#files?file=${encodeURIComponent(file.key)}`)
      await expect
        .poll(() => page.getByRole('dialog').innerText(), { message: `${index}` })
        .toContain(file.key)
    }
    for (const name of ['overview', 'sizes', 'time', 'nonsense']) {
      await page.goto(`${url}#${name}`)
      await page.locator('h2').first().waitFor({ state: 'attached' })
    }
    await expect.poll(() => page.locator('main').innerText()).toContain('</script><script>alert(1)</script>')

    const nothing = createBuildReport(0, { warnings: [], notices: [], threads: 1 })
    delete nothing.links
    const empty = await write('empty', nothing)
    for (const [view, text] of [
      ['overview', 'The site has no files.'],
      ['files', 'The site has no files.'],
      ['sizes', 'There are no bytes to show.'],
      ['time', 'This build has no times'],
      ['links', 'This build audited no links.'],
      ['changes', 'Nothing changed.'],
    ] as const) {
      await page.goto(`${empty}#${view}`)
      await expect.poll(() => page.locator('main').innerText(), { message: view }).toContain(text)
    }
    expect(errors).toEqual([])
  })

  it('says that data that is cut off, or of a later version, cannot be shown', async () => {
    const { page } = await openBrowser()
    await page.goto(await write('cut', '{"version":1,'))
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('cannot be read')
    await page.goto(await write('later', '{"version":2,"kind":"build"}'))
    await expect
      .poll(() => page.getByRole('alert').innerText())
      .toContain('of another version of vite-distill')
  })
})

describe.skipIf(!hasBrowser)('the report page in dev', () => {
  /** Serves the page, its data and its events, as the dev server does. */
  async function serve(report: DevReport) {
    const listeners = new Set<ServerResponse>()
    const state = { report, status: 200 }
    const server = createServer(async (request, response) => {
      if (request.url === '/__distill/')
        response.setHeader('content-type', 'text/html').end(await readFile(built))
      else if (request.url === '/__distill/data.json')
        response.writeHead(state.status).end(JSON.stringify(state.report))
      else if (request.url === '/__distill/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        listeners.add(response)
        response.on('close', () => listeners.delete(response))
      } else response.setHeader('content-type', 'text/html').end(`<h1>${request.url}</h1>`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const change = (next: Partial<DevReport>, status = 200) => {
      state.report = { ...state.report, ...next }
      state.status = status
      for (const listener of listeners) listener.write('data: changed\n\n')
    }
    const { port } = server.address() as AddressInfo
    return { origin: `http://127.0.0.1:${port}`, change, listeners }
  }

  it('lists routes and pages, opens a page, and follows changes', async () => {
    const { origin, change, listeners } = await serve(createDevReport(5000))
    const { page, errors, requests } = await open(`${origin}/__distill/`)
    await expect.poll(() => page.locator('main').innerText()).toContain('exports no distillParams')
    await page.getByRole('combobox', { name: 'State' }).selectOption('failed')
    await expect.poll(() => status(page).innerText()).toBe('1 of 5 routes')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('row', { name: /posts/ }).click()
    await expect.poll(() => page.url()).toContain('#pages?route=%2Fposts%2F%3Aslug')
    await page.getByRole('searchbox').fill('post-0049')
    await expect.poll(() => status(page).innerText()).toBe('100 of 5,001 pages')
    const [opened] = await Promise.all([page.waitForEvent('popup'), row(page, 3).click()])
    await opened.waitForLoadState()
    expect(await opened.locator('h1').innerText()).toBe('/posts/post-004903/')
    await opened.close()

    await page.locator('.scroller').evaluate((element) => element.scrollTo(0, 640))
    await expect.poll(() => listeners.size).toBe(1)
    change({ pages: createDevReport(4950).pages })
    await expect.poll(() => status(page).innerText()).toBe('50 of 4,951 pages')
    expect(await page.locator('.scroller').evaluate((element) => element.scrollTop)).toBe(640)
    expect(page.url()).toContain('q=post-0049')
    expect(await page.getByRole('searchbox').inputValue()).toBe('post-0049')

    await page.goto(`${origin}/__distill/#errors`)
    await expect
      .poll(() => page.locator('main').innerText())
      .toContain('at distillParams (/src/routes/broken/[id].ts:4:9)')
    change({ errors: [], warnings: [] })
    await expect.poll(() => page.locator('main').innerText()).toContain('Nothing is wrong.')
    expect(errors).toEqual([])
    expect([...new Set(requests)].map((url) => url.replace(origin, ''))).toEqual([
      '/__distill/',
      '/__distill/data.json',
      '/__distill/events',
    ])
  })

  it('keeps what it shows while the server fails, and says so', async () => {
    const { origin, change, listeners } = await serve(createDevReport(3))
    const { page } = await open(`${origin}/__distill/#pages`)
    await expect.poll(() => listeners.size).toBe(1)
    change({}, 500)
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('500')
    expect(await status(page).innerText()).toBe('4 pages')
    change(createDevReport(4))
    await expect.poll(() => status(page).innerText()).toBe('5 pages')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('keeps no connection while nobody sees it, and is up to date once it is seen again', async () => {
    const { origin, change, listeners } = await serve(createDevReport(3))
    const { page } = await open(`${origin}/__distill/#pages`)
    await expect.poll(() => listeners.size).toBe(1)
    const hide = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      `)
    await hide(true)
    await expect.poll(() => listeners.size).toBe(0)
    change(createDevReport(4))
    expect(await status(page).innerText()).toBe('4 pages')
    await hide(false)
    await expect.poll(() => status(page).innerText()).toBe('5 pages')
    await expect.poll(() => listeners.size).toBe(1)
  })

  it('is accessible in light and dark, narrow and wide', async () => {
    const { origin } = await serve(createDevReport(50))
    const { page, errors } = await open(`${origin}/__distill/`)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const size of Object.values(sizes)) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(size)
        for (const view of ['routes', 'pages', 'redirects', 'errors']) {
          await page.goto(`${origin}/__distill/#${view}`)
          expect(await violationsOf(page), `#${view}, ${colorScheme}, ${size.width}`).toEqual([])
        }
      }
    expect(errors).toEqual([])
  })
})
