import { Hono } from 'hono'
import { html } from 'hono/html'
import type { DistillRoute } from 'vite-distill/app'
import template from 'virtual:distill/template'
import { herbs } from './herbs.ts'

async function page(title: string, body: ReturnType<typeof html> | '' = ''): Promise<string> {
  const head = await html`<title>${title} · Herbs</title>`
  const main = await html`<nav><a href="/">Herbs</a><a href="/about/">About</a></nav>
    <h1>${title}</h1>
    ${body}`
  return template.replace('<!--app-head-->', () => `${head}`).replace('<!--app-html-->', () => `${main}`)
}

const list = html`<input id="filter" type="search" placeholder="Filter" aria-label="Filter" />
  <ul>
    ${Object.entries(herbs).map(([slug, { name }]) => html`<li><a href="/herbs/${slug}/">${name}</a></li>`)}
  </ul>`

const app = new Hono()

// URLs end in a slash, because a bucket serves `about/index.html` as `/about/`. To Hono `/about` is another URL.
app.get('/', async (c) => c.html(await page('The bed by the door', list)))
app.get('/about/', async (c) => c.html(await page('About', html`<p>Three herbs and one trowel.</p>`)))
app.get('/herbs/:slug/', async (c) => {
  const herb = herbs[c.req.param('slug')]
  return herb ? c.html(await page(herb.name, html`<p>${herb.text}</p>`)) : c.notFound()
})
app.get('/herbs.json', (c) => c.json(herbs))
app.notFound(async (c) => c.html(await page('Not found'), 404))

export default app

export const distillRoutes: DistillRoute[] = [
  { route: '/' },
  { route: '/about/' },
  { route: '/herbs/:slug/', distillParams: () => Object.keys(herbs) },
  { route: '/herbs.json' },
  { route: '/404.html', distillStatus: 404 },
]
