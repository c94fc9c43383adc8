import type { DistillRoute } from 'vite-distill/app'
import template from 'virtual:distill/template'
import { kinds } from './kinds.ts'

/** As in Vite's SSR templates: their `server.js` still calls it, with the URL without its first slash. */
export function render(url: string): { html: string; head: string } {
  const kind = kinds[url.replace(/\/?(\?.*)?$/, '')]
  const title = kind?.name ?? 'On a wet wall'
  const list = Object.entries(kinds).map(([slug, { name }]) => `<li><a href="/${slug}/">${name}</a></li>`)
  return {
    head: `<title>${title}</title>`,
    html: `<nav><a href="/">Home</a></nav>
      <h1>${title}</h1>
      ${kind ? `<p>${kind.text}</p>` : `<ul>${list.join('')}</ul>`}
      <button id="counter" type="button">Count</button>`,
  }
}

/** What their `server.js` does, as a function. */
export default async function fetch(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const { html, head = '' }: { html: string; head?: string } = await render(pathname.slice(1) + search)
  const page = template.replace('<!--app-head-->', () => head).replace('<!--app-html-->', () => html)
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

export const distillRoutes: DistillRoute[] = [
  { route: '/' },
  { route: '/:kind', distillParams: () => Object.keys(kinds) },
]
