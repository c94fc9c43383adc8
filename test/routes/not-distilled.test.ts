import { H3 } from 'h3'
import { expect, it } from 'vitest'
import { routes } from '../../src/app/routes.ts'
import { readEntry } from '../../src/routes/entry.ts'
import { notDistilled } from '../../src/routes/not-distilled.ts'

const handler = () => 'page'
const reasons = async (entry: Record<string, unknown>) =>
  Object.fromEntries(notDistilled(await readEntry(entry)).map(({ route, why }) => [route, why]))

it('says of each other route of an h3 app what it lacks', async () => {
  const modules = {
    '/': { default: handler, distill: true },
    '/about': { default: handler },
    '/posts/:slug': { default: handler },
    '/files/**': { default: handler },
    '/off': { default: handler, distill: false },
    '/text': { default: handler, distill: 'true' },
    '/misspelt/:slug': { default: handler, distilParams: () => [] },
    '/file/:slug': { default: handler, distillFile: '{slug}.html' },
    '/listed': { default: handler },
  }
  const app = new H3()
    .register(routes(modules as never))
    .get('/by-hand', handler)
    .all('/all', handler)
    .post('/', handler)
    .post('/api', handler, { meta: { distill: true } })
    .put('/api', handler)
    .post('/form', handler)
    .get('/form', handler)
  expect(await reasons({ default: app, distillRoutes: [{ route: '/listed' }] })).toEqual({
    '/about': 'has neither `distillParams` nor `distill = true`',
    '/posts/:slug': 'has no `distillParams`',
    '/files/**': 'has no `distillParams`',
    '/off': 'has `distill = false`',
    '/text': "has `distill = 'true'`, which is neither `true` nor `'linked'`",
    '/misspelt/:slug': 'has `distilParams`: did you mean `distillParams`?',
    '/file/:slug': 'has `distillFile` but no `distillParams`',
    '/by-hand': 'has neither `distillParams` nor `distill = true`',
    '/all': 'has neither `distillParams` nor `distill = true`',
    '/api': 'answers `POST`, `PUT` and not `GET`, which a page needs',
    '/form': 'has neither `distillParams` nor `distill = true`',
  })
})

it('reads the routes of Hono, where `distillRoutes` lists what is distilled', async () => {
  const app = {
    fetch: handler,
    routes: [
      { method: 'ALL', path: '/*' },
      { method: 'GET', path: '/' },
      { method: 'GET', path: '/posts/:id{[0-9]+}' },
      { method: 'GET', path: '/cart' },
      { method: 'GET', path: '/cart' },
      { method: 'POST', path: '/orders' },
      null,
    ],
  }
  const distillRoutes = [{ route: '/' }]
  expect(await reasons({ default: app, distillRoutes })).toEqual({
    '/posts/:id': '`distillRoutes` does not list it',
    '/cart': '`distillRoutes` does not list it',
    '/orders': 'answers `POST` and not `GET`, which a page needs',
  })
})

it('knows no routes of another app', async () => {
  expect(await reasons({ default: () => new Response() })).toEqual({})
})
