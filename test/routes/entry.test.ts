import { H3 } from 'h3'
import { expect, it } from 'vitest'
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
