import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { DevEnvironment, type InlineConfig, type ViteDevServer, createLogger, createServer } from 'vite'
import { expect, it, onTestFinished } from 'vitest'
import type { DevReport } from '../../src/report/data.ts'
import distill from '../../src/index.ts'

/** A folder with a server entry, if one is given. */
function folder(entry?: string): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'vite-distill-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  if (entry !== undefined) writeFileSync(join(root, 'server.js'), entry)
  return root
}

const entry = `export default { fetch: () => new Response('app') }
export const distillRoutes = [{ route: '/' }]`

/** A server of the app's own, with Vite as its middleware, and something else that answers all else. */
async function middlewareMode(root: string, config: InlineConfig = {}) {
  const http = createHttpServer()
  const vite = await createServer({
    root,
    configFile: false,
    logLevel: 'silent',
    appType: 'custom',
    plugins: [distill()],
    ...config,
    server: { middlewareMode: true, ws: false, ...config.server },
  })
  http.on('request', (req, res) => vite.middlewares(req, res, () => res.end(`own: ${req.url}`)))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    await vite.close()
    await new Promise((resolve) => http.close(resolve))
  }
  onTestFinished(() => void http.closeAllConnections())
  return { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, vite, close }
}

const reportOf = async (origin: string) =>
  (await (await fetch(`${origin}/__distill/data.json`)).json()) as DevReport

it('is there in middleware mode, and lets the server close', async () => {
  const { origin, close } = await middlewareMode(folder(entry))
  expect((await reportOf(origin)).pages).toEqual([{ url: '/', key: 'index.html', route: 0 }])
  expect(await (await fetch(`${origin}/other`)).text()).toBe('own: /other')
  const events = await fetch(`${origin}/__distill/events`)
  const reading = events.text()
  await close()
  expect(await reading).toBe('retry: 500\nid: 1\n\n')
})

it('is before a framework that answers all requests', async () => {
  const framework = {
    name: 'framework',
    enforce: 'pre' as const,
    configureServer: ({ middlewares }: ViteDevServer) =>
      void middlewares.use((_, res) => res.end('framework')),
  }
  const config = { plugins: [framework, distill()] }
  const { origin, close } = await middlewareMode(folder(entry), config)
  expect(await (await fetch(`${origin}/other`)).text()).toBe('framework')
  expect((await reportOf(origin)).routes).toHaveLength(1)
  await close()
})

it('runs the entry itself where another plugin runs the `ssr` environment elsewhere', async () => {
  const root = folder(entry)
  const { origin, vite, close } = await middlewareMode(root, {
    environments: {
      ssr: {
        dev: { createEnvironment: (name, config) => new DevEnvironment(name, config, { hot: true }) },
      },
    },
  })
  expect((await reportOf(origin)).pages.map(({ url }) => url)).toEqual(['/'])
  writeFileSync(join(root, 'server.js'), entry.replace("'/'", "'/other'"))
  vite.environments.ssr.moduleGraph.onFileChange(join(root, 'server.js'))
  expect((await reportOf(origin)).pages.map(({ url }) => url)).toEqual(['/other'])
  await close()
})

it('says that there is no server entry, and that this copy of the package has no page', async () => {
  const { origin, close } = await middlewareMode(folder())
  expect(await reportOf(origin)).toMatchObject({
    routes: [],
    errors: [{ code: 'ENTRY_MISSING', message: 'no server entry was found' }],
  })
  const page = await fetch(`${origin}/__distill/`)
  expect([page.status, await page.text()]).toEqual([500, expect.stringContaining('report/app.html')])
  await close()
})

it('runs `distillParams` only when it is asked, and once for pages that ask at the same time', async () => {
  const state = { calls: 0, asked: 0, release: () => {} }
  const released = new Promise<void>((resolve) => (state.release = resolve))
  Object.assign(globalThis, {
    distillParamsOfTest: () => (state.calls++, released.then(() => [state.calls])),
  })
  const calls = `export default { fetch: () => new Response('app') }
export const distillRoutes = [{ route: '/:id', distillParams: () => globalThis.distillParamsOfTest() }]`
  const counter = {
    name: 'counter',
    enforce: 'pre' as const,
    configureServer: {
      order: 'pre' as const,
      handler({ middlewares }: ViteDevServer) {
        middlewares.use('/__distill/', (_req, _res, next) => {
          next()
          if (++state.asked === 2) setImmediate(state.release)
        })
      },
    },
  }
  const { origin, close } = await middlewareMode(folder(calls), { plugins: [counter, distill()] })
  await fetch(origin)
  expect(state.calls).toBe(0)
  const [first, second] = await Promise.all([reportOf(origin), reportOf(origin)])
  expect([first.pages.length, second.pages, state.calls]).toEqual([1, first.pages, 1])
  await reportOf(origin)
  expect(state.calls).toBe(2)
  await close()
})

it('refuses a host that Vite refuses', async () => {
  const { origin, close } = await middlewareMode(folder(entry))
  const status = await new Promise((resolve) =>
    request(`${origin}/__distill/data.json`, { headers: { host: 'evil.example' } }, (res) => {
      res.resume()
      resolve(res.statusCode)
    }).end(),
  )
  expect(status).toBe(403)
  await close()
})

it('has its address among those that Vite prints', async () => {
  const lines: string[] = []
  const vite = await createServer({
    root: folder(entry),
    base: '/docs/',
    configFile: false,
    plugins: [distill()],
    server: { host: '127.0.0.1', port: 0, ws: false },
    customLogger: { ...createLogger('silent'), info: (line) => void lines.push(line) },
  })
  await vite.listen()
  onTestFinished(() => vite.close())
  vite.printUrls()
  const { port } = vite.httpServer!.address() as AddressInfo
  expect(stripVTControlCharacters(lines.join('\n'))).toContain(
    `➜  Distill: http://127.0.0.1:${port}/docs/__distill/`,
  )
})
