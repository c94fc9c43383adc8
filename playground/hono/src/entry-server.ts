import { Hono } from 'hono'
import { html, raw } from 'hono/html'
import type { DistillRoute } from 'vite-distill/app'
import template from 'virtual:distill/template'
import { herbs } from './herbs.ts'

type Html = ReturnType<typeof html>

async function page(title: string, body: Html): Promise<string> {
  const [head, main] = await Promise.all([html`<title>${title} · Herbs</title>`, body])
  return template.replace('<!--app-head-->', () => `${head}`).replace('<!--app-html-->', () => `${main}`)
}

const nav = raw('<nav><a href="/">Herbs</a><a href="/about/">About</a></nav>')

// Addresses end in a slash, as a bucket serves `about/index.html`: to Hono `/about` is another one.
const app = new Hono()

app.get('/', async (c) =>
  c.html(
    await page(
      'The bed by the door',
      html`${nav}
        <h1>The bed by the door</h1>
        <input id="filter" type="search" placeholder="Filter" aria-label="Filter" />
        <ul>
          ${Object.entries(herbs).map(
            ([slug, { name }]) => html`<li><a href="/herbs/${slug}/">${name}</a></li>`,
          )}
        </ul>`,
    ),
  ),
)

app.get('/about/', async (c) =>
  c.html(
    await page(
      'About',
      html`${nav}
        <h1>About</h1>
        <p>Three herbs and one trowel.</p>`,
    ),
  ),
)

app.get('/herbs/:slug/', async (c) => {
  const herb = herbs[c.req.param('slug')]
  if (!herb) return c.notFound()
  return c.html(
    await page(
      herb.name,
      html`${nav}
        <h1>${herb.name}</h1>
        <p>${herb.text}</p>`,
    ),
  )
})

app.get('/herbs.json', (c) => c.json(herbs))

app.notFound(async (c) =>
  c.html(
    await page(
      'Not found',
      html`${nav}
        <h1>Not found</h1>`,
    ),
    404,
  ),
)

export default app

export const distillRoutes: DistillRoute[] = [
  { route: '/' },
  { route: '/about/' },
  { route: '/herbs/:slug/', distillParams: () => Object.keys(herbs) },
  { route: '/herbs.json' },
  { route: '/404.html', distillStatus: 404 },
]
