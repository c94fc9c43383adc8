import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { cdnStatic } from 'vite-distill/cdn'
import template from 'virtual:distill/template'
import App from './App.vue'
import type { Page } from './page.ts'
import { notFoundPage } from './pages.ts'
import { site } from './site.ts'

/** A page as HTML; without a page, the 404 page with that status. */
export async function respond(page: Page | undefined): Promise<Response> {
  const shown = page ?? (await notFoundPage())
  return new Response(await render(shown), {
    status: shown.view === 'notFound' ? 404 : 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
}

async function render(page: Page): Promise<string> {
  const html = await renderToString(createSSRApp(App, { page }))
  // Functions, because `$&` in a replacement string means the placeholder.
  return template
    .replace('<!--app-head-->', () => head(page))
    .replace('<!--app-html-->', () => html)
    .replace('<!--app-data-->', () => `<script type="application/json" id="page">${json(page)}</script>`)
}

const head = (page: Page) => `<title>${escape(page.title)}</title>
    <meta name="description" content="${escape(page.description)}" />
    <link rel="icon" type="image/svg+xml" href="${escape(cdnStatic('/favicon.svg'))}" />
    <link rel="canonical" href="${escape(site.url + page.path)}" />
    <meta property="og:title" content="${escape(page.title)}" />
    <meta property="og:type" content="${page.view === 'post' ? 'article' : 'website'}" />${
      page.view === 'notFound' ? '\n    <meta name="robots" content="noindex" />' : ''
    }`

/** Text for HTML and XML, in elements and in quoted attributes. */
export const escape = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!,
  )

/** JSON that a `</script>` in a post cannot end, and that is a JavaScript literal too. */
const json = (value: unknown) =>
  JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
