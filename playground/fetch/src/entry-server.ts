import type { DistillRoute } from 'vite-distill/app'
import { constellations } from './stars.ts'
import style from './style.css?inline'

const page = (title: string, body: string, status = 200) =>
  new Response(
    `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>${title}</title>
    <style>${style}</style>
  </head>
  <body>
    <nav><a href="/">Star chart</a></nav>
    <h1>${title}</h1>
    ${body}
  </body>
</html>
`,
    { status, headers: { 'content-type': 'text/html; charset=utf-8' } },
  )

const list = Object.entries(constellations)
  .map(([slug, { name }]) => `<li><a href="/${slug}/">${name}</a></li>`)
  .join('')

function chart(stars: [number, number, number][]): string {
  const line = stars.map(([x, y]) => `${x},${y}`).join(' ')
  const dots = stars.map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}" />`).join('')
  return `<svg viewBox="0 0 100 60" role="img"><polyline points="${line}" />${dots}</svg>`
}

/** The whole app. */
export default function fetch(request: Request): Response {
  const path = new URL(request.url).pathname.replace(/^\/|\/$/g, '')
  if (path === '') return page('Tonight, if it clears', `<ul>${list}</ul>`)
  const found = constellations[path]
  return found ? page(found.name, chart(found.stars)) : page('Behind a cloud', '', 404)
}

export const distillRoutes: DistillRoute[] = [
  { route: '/' },
  { route: '/:constellation', distillParams: () => Object.keys(constellations) },
  { route: '/404.html', distillStatus: 404 },
]
