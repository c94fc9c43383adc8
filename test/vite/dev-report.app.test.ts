import { expect, it } from 'vitest'
import type { DevReport } from '../../src/report/data.ts'
import { createApp, serverEntry, viteConfig } from '../app.ts'
import { startVite } from '../start.ts'

const entry = serverEntry(
  `'/': { distill: true, default: () => page('home') },
   '/posts/:slug': { distillParams: posts, default: () => page('post') },
   '/cart': { default: () => page('cart') },`,
  "import { posts } from './posts.ts'",
)
const posts = (body: string) => `export const posts = async () => { ${body} }`
const two = posts("return [{ slug: 'b' }, { slug: 'a' }]")

/** The messages of an event stream, one by one. */
async function* messagesOf(response: Response): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)
      if (data) yield data[1]!
    }
  }
}

it('shows the app in dev as it is saved, under `base`, and to its own pages only', async () => {
  const app = await createApp({
    'src/entry-server.ts': entry,
    'src/posts.ts': two,
    'vite.config.ts': viteConfig(
      "{ redirects: { '/old': '/posts/a' } }",
      "base: '/docs/', server: { cors: true }",
    ),
  })
  const origin = await startVite(app)
  const ask = (path: string, init?: RequestInit) =>
    fetch(`${origin}/docs/__distill${path}`, { redirect: 'manual', ...init })
  const report = async () => (await (await ask('/data.json')).json()) as DevReport

  // The page: an element that a build fills is empty.
  const moved = await ask('')
  expect([moved.status, moved.headers.get('location')]).toEqual([302, '/docs/__distill/'])
  const page = await ask('/?search=a')
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(await page.text()).toContain('<script type="application/json" id="data"></script>')

  // Its data.
  const { routes, pages, redirects, errors } = await report()
  expect(routes).toEqual([
    { route: '/', state: 'distilled', why: 'has `distill = true`', pages: 1 },
    { route: '/posts/:slug', state: 'distilled', why: 'has `distillParams`', pages: 2 },
    {
      route: '/cart',
      state: 'not distilled',
      why: 'has neither `distillParams` nor `distill = true`',
      pages: 0,
    },
  ])
  expect(pages).toEqual([
    { url: '/docs/', key: 'index.html', route: 0 },
    { url: '/docs/posts/a', key: 'posts/a/index.html', route: 1, params: { slug: 'a' } },
    { url: '/docs/posts/b', key: 'posts/b/index.html', route: 1, params: { slug: 'b' } },
  ])
  expect(redirects).toEqual([{ from: '/docs/old', to: '/docs/posts/a', status: 301 }])
  expect(errors).toEqual([])
  expect(await (await fetch(origin + pages[1]!.url)).text()).toContain('post')

  // Nobody else gets it.
  const cross = { headers: { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' } }
  for (const path of ['', '/', '/data.json', '/events', '/other']) {
    const refused = await ask(path, cross)
    expect([path, refused.status, await refused.text()]).toEqual([
      path,
      403,
      'Only pages of this server may ask for this.\n',
    ])
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
  }
  const own = await ask('/data.json', { headers: { origin } })
  expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, null])
  expect(own.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  const posted = await ask('/data.json', { method: 'POST', body: '{}' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  const head = await ask('/data.json', { method: 'HEAD' })
  expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
    200,
    'application/json',
    '',
  ])
  expect((await ask('/other')).status).toBe(404)
  expect((await ask('/data.json/')).status).toBe(404)
  expect(await (await fetch(`${origin}/docs/__distilled`)).text()).not.toContain('id="data"')

  // What is saved.
  const stream = await ask('/events')
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  const messages = messagesOf(stream)
  /** Saves files until a message leads to a report that is as expected. */
  const save = async (files: Record<string, string>, isExpected: (report: DevReport) => boolean) => {
    let found: DevReport | undefined
    const listen = async () => {
      while (!found) {
        expect(await messages.next()).toEqual({ done: false, value: 'changed' })
        const current = await report()
        if (isExpected(current)) found = current
      }
    }
    const listening = listen()
    const write = async () => {
      if (!found) await app.write(files)
      return found
    }
    // Vite's watcher misses a write that comes before it has read the folder, or within 50 ms of another.
    await expect.poll(write, { timeout: 30_000, interval: 300 }).toBeDefined()
    await listening
    return found!
  }
  const hasErrors = ({ errors }: DevReport) => errors.length > 0
  const hasNone = ({ errors }: DevReport) => errors.length === 0

  const broken = await save({ 'src/posts.ts': posts("throw new Error('no such table')") }, hasErrors)
  expect(broken.errors).toEqual([
    {
      code: 'PARAMS_INVALID',
      route: '/posts/:slug',
      message: 'cannot list the pages of route `/posts/:slug`: no such table',
      stack: expect.stringContaining('src/posts.ts:1:'),
    },
  ])
  expect(broken.routes.map(({ state }) => state)).toEqual(['distilled', 'failed', 'not distilled'])
  const mended = await save({ 'src/posts.ts': posts("return ['c']") }, hasNone)
  expect(mended.pages.map(({ url }) => url)).toEqual(['/docs/', '/docs/posts/c'])
  const invalid = await save({ 'src/entry-server.ts': 'export default {{' }, hasErrors)
  expect(invalid.errors).toMatchObject([{ code: 'ENTRY_FAILED' }])
  expect(invalid.routes).toEqual([])
  const byFileName = `import { H3 } from 'h3'
import { fileRoutes } from 'vite-distill/app'
export default new H3().register(fileRoutes(import.meta.glob('./routes/*.ts', { eager: true })))`
  await save({ 'src/entry-server.ts': byFileName }, hasNone)
  const created = await save(
    { 'src/routes/new.ts': "export const distill = true\nexport default () => 'new'" },
    ({ routes }) => routes.length > 0,
  )
  expect(created.pages).toEqual([{ url: '/docs/new', key: 'new/index.html', route: 0 }])

  // A page that lost its connection may have missed an event.
  const again = messagesOf(await ask('/events', { headers: { 'last-event-id': '1' } }))
  expect(await again.next()).toEqual({ done: false, value: 'changed' })

  // Only in dev.
  await app.write({ 'src/entry-server.ts': entry, 'src/posts.ts': two })
  await app.build()
  expect((await app.files('dist/static')).filter((file) => file.includes('distill'))).toEqual([])
  expect(await app.read('dist/static/index.html')).not.toContain('__distill')
  const preview = await startVite(app, 'preview')
  for (const path of ['', '/', '/data.json', '/events'])
    expect([path, (await fetch(`${preview}/docs/__distill${path}`)).status]).toEqual([path, 404])
})
