import { defineHandler, html } from 'h3'
import { countPages } from '../db/posts.ts'
import { site } from '../site.ts'

/** Differs from request to request, so it exports no `distill` and stays on the server. */
export default defineHandler(async (event) => {
  event.res.headers.set('cache-control', 'no-store')
  const now = new Date().toISOString()
  return html`<!doctype html>
    <html lang="en">
      <head>
        <title>Admin · ${site.name}</title>
        <meta name="description" content="How the server is doing." />
        <link rel="canonical" href="${site.url}/admin/" />
        <meta name="robots" content="noindex" />
      </head>
      <body>
        <h1>Admin</h1>
        <p>
          It is <time datetime="${now}">${now}</time>, and there are ${await countPages()} pages of notes.
        </p>
      </body>
    </html>`
})
