import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { H3 } from 'h3'
import { describe, expect, it } from 'vitest'
import { fileRoutes, routes } from '../../src/app/routes.ts'
import { readEntry } from '../../src/routes/entry.ts'

const handler = () => 'page'

it('warns of misspelt exports, wherever a route has them', async () => {
  const app = new H3()
    .register(routes({ '/module': { default: handler, distil: true } as never }))
    .register(
      fileRoutes({
        './routes/file.ts': { default: handler, distillparams: () => [], disitllFile: 'a.html' },
      }),
    )
    .get('/meta', handler, { meta: { distilParams: () => [] } })
  const listed = { route: '/listed', distillstatus: 404 }
  const { warnings } = await readEntry({ default: app, distillRoutes: [listed], distilRoutes: [] })
  expect(warnings).toEqual([
    "the server entry's `distilRoutes` has no effect; did you mean `distillRoutes`?",
    'route `/module`: `distil` has no effect; did you mean `distill`?',
    'route `/file`: `distillparams` has no effect; did you mean `distillParams`?',
    'route `/file`: `disitllFile` has no effect; did you mean `distillFile`?',
    'route `/meta`: `distilParams` has no effect; did you mean `distillParams`?',
    'route `/listed`: `distillstatus` has no effect; did you mean `distillStatus`?',
  ])
})

it('warns of no other exports', async () => {
  const module = {
    default: handler,
    distill: true,
    distillFile: 'a',
    still: 1,
    distance: 2,
    detail: 3,
    params: 4,
    data: 5,
  }
  const app = new H3().register(routes({ '/': module as never }))
  const { warnings, routes: found } = await readEntry({ default: app, fill: 1, distillRoutes: [] })
  expect(warnings).toEqual([])
  expect(found).toEqual([{ route: '/', distill: true, distillFile: 'a' }])
})

describe('the handler of an entry', () => {
  const large = 'x'.repeat(5_000_000)
  const respond = async (handler: unknown, path = '/') => {
    const { fetch } = await readEntry({ default: handler })
    const response = await fetch(new Request(`http://localhost${path}`))
    return {
      status: response.status,
      body: await response.text(),
      type: response.headers.get('content-type'),
    }
  }
  type Req = IncomingMessage
  type Res = ServerResponse
  type Next = (error?: unknown) => void

  it.each<[string, unknown]>([
    ['a function', (request: Request) => new Response(request.url)],
    [
      'a function with a context',
      (request: Request, context: unknown) => new Response(request.url + (context ?? '')),
    ],
    ['an object', { base: 'http:', fetch: (request: Request) => new Response(request.url) }],
    [
      'a function with `fetch`',
      Object.assign(() => {}, { fetch: (request: Request) => new Response(request.url) }),
    ],
  ])('of the web: %s', async (_, handler) => {
    expect(await respond(handler)).toMatchObject({ status: 200, body: 'http://localhost/' })
  })

  it.each<[string, unknown]>([
    ['with a response', (req: Req, res: Res) => void res.setHeader('content-type', 'text/a').end(req.url)],
    [
      'with `next`',
      function app(req: Req, response: Res, next: Next) {
        if (req.url === '') next()
        response.setHeader('content-type', 'text/a').end(req.url)
      },
    ],
    [
      'that is async',
      async ({ url }: Req, res: Res) => {
        await new Promise(setImmediate)
        res.writeHead(200, { 'content-type': 'text/a' }).end(url)
      },
    ],
    [
      'of a class',
      new (class {
        async handler(_req: Req, _res: Res) {
          _res.setHeader('content-type', 'text/a').end(_req.url)
        }
      })().handler,
    ],
  ])('of Node: %s', async (_, handler) => {
    expect(await respond(handler, '/a?b')).toEqual({ status: 200, body: '/a?b', type: 'text/a' })
  })

  it('of Node may wait until its response is read', async () => {
    const handler = async (_: Req, res: Res) => pipeline(Readable.from([large, large]), res)
    expect((await respond(handler)).body).toHaveLength(2 * large.length)
  })

  it('of Node may leave a request to nobody, or fail', async () => {
    expect((await respond((_: Req, _res: Res, next: Next) => next())).status).toBe(404)
    const error = new Error('no such luck')
    for (const failing of [
      (_: Req, _res: Res, next: Next) => next(error),
      (req: Req, _res: Res) => {
        if (req) throw error
      },
      async (req: Req, _res: Res) => {
        if (req) throw error
      },
    ])
      await expect(respond(failing)).rejects.toBe(error)
  })
})

it.each<[Record<string, unknown>, string, string]>([
  [{}, 'has no default export', '`export default new H3()`'],
  [{ app: {} }, 'has no default export', '`export { app as default }`'],
  [{ render: () => '' }, 'exports `render` and no app', 'await render('],
  [
    { routes: {}, assets: {}, entry: {}, publicPath: '/' },
    'is the server build of React Router',
    'createRequestHandler(build)',
  ],
  [{ default: { callback() {} } }, 'without `fetch`', '`export default app.callback()`'],
  [{ default: { routing() {}, ready() {} } }, 'without `fetch`', 'app.routing(req, res)'],
  [{ default: { handler() {}, stack: [] } }, 'without `fetch`', 'toWebHandler(app)'],
  [{ default: Promise.resolve() }, 'without `fetch`', '`export default await …`'],
  [{ default: null }, 'without `fetch`', '`export default new H3()`'],
])('an entry that exports %j is refused with its name and a recipe', async (entry, problem, hint) => {
  await expect(readEntry(entry, 'dist/server/x.js')).rejects.toMatchObject({
    code: 'ENTRY_INVALID',
    message: expect.stringMatching(new RegExp(`^the server entry \`dist/server/x.js\` .*${problem}`)),
    hint: expect.stringContaining(hint),
  })
})
