import { H3, defineHandler } from 'h3'
import { routes } from 'vite-distill/app'
import { docs } from './docs.ts'
import * as home from './home.ts'
import * as notFound from './not-found.ts'
import { page } from './page.ts'

const firings = defineHandler(() => page('Firings', '<p>The next one is on the first of the month.</p>'))

export default new H3()
  .use((event) => console.log(event.req.method, event.url.pathname))
  .use((event) => void event.res.headers.set('content-language', 'en'))
  // Route modules, …
  .register(routes({ '/': home, '/404.html': notFound }))
  // … the same with `meta`, …
  .get('/firings', firings, { meta: { distill: true } })
  // … and a mounted app, whose routes are found too.
  .mount('/docs', docs)
  // Without `distill` it stays on the server.
  .get('/now', () => ({ now: new Date() }))
