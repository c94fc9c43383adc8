import { type H3Event, H3, html, raw } from 'h3'
import { routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
import { pageAt } from './page.ts'
import { posts } from './posts.ts'
import { render } from './render'

/** Answers with the page at the path of the request. */
async function respond(event: H3Event) {
  const page = pageAt(event.url.pathname)
  if (page.view === 'notFound') event.res.status = 404
  const { head, body } = await render(page)
  // Functions, because `$&` in a replacement string means the placeholder.
  return html(raw(template.replace('<!--app-head-->', () => head).replace('<!--app-html-->', () => body)))
}

const home = { distill: true, default: respond }

const post = {
  distillParams: () => posts.map(({ slug }) => ({ slug })),
  default: respond,
}

const notFound = { distill: true, distillStatus: 404, default: respond }

export default new H3().register(
  routes({ '/': home, '/posts/:slug': post, '/404.html': notFound, '/**': { default: respond } }),
)
