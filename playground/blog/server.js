// The blog as a server: the client build as files, everything else from the app. With BLOG_EDITOR_PASSWORD, posts can
// be edited, and what was saved is public at once.
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { basicAuth, defineHandler, H3, html, HTTPError, redirect, serve, serveStatic } from 'h3'
import app, { editorPage, savePost } from './dist/server/entry-server.js'

const client = fileURLToPath(new URL('dist/client', import.meta.url))

/** The template and Vite's own files are in dist/client too, and must not be served. */
const isPrivate = (path) => path === '/index.html' || path.startsWith('/.')

const server = new H3().use((event) =>
  serveStatic(event, {
    fallthrough: true,
    indexNames: [],
    getMeta: async (path) => {
      const found = isPrivate(path) ? undefined : await stat(client + path).catch(() => undefined)
      if (!found?.isFile()) return undefined
      if (path.startsWith('/assets/')) {
        event.res.headers.set('cache-control', 'public, max-age=31536000, immutable')
      }
      return { size: found.size, mtime: found.mtimeMs }
    },
    getContents: (path) => readFile(client + path),
  }),
)

const showEditor = defineHandler(async ({ context }) => {
  const page = await editorPage(decodeURIComponent(context.params.slug))
  if (!page) throw new HTTPError({ status: 404, message: 'There is no such post.' })
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
})

/** Saves the post, publishes every page that shows it, and leads to its public page. */
const saveAndPublish = defineHandler(async ({ req, context, url }) => {
  // The browser sends the password with the form of any site.
  if (req.headers.get('origin') !== url.origin)
    throw new HTTPError({ status: 403, message: 'Not from here.' })
  const { slug } = context.params
  // Forms send lines as the network ends them.
  const fields = [...(await req.formData())].map(([name, text]) => [
    name,
    text.replaceAll('\r\n', '\n').trim(),
  ])
  const pages = await savePost(decodeURIComponent(slug), Object.fromEntries(fields))
  // The package knows the target by the Vite config. Only the editor needs it.
  const { publishPages } = await import('vite-distill')
  try {
    const { publicUrl } = await publishPages({ app, pages, root: import.meta.dirname })
    return redirect(`${publicUrl}posts/${slug}/`, 303)
  } catch (error) {
    console.error(error)
    return html`<h1>Saved, but not published</h1>
      <pre>${error.message}</pre>
      <p>${error.hint}</p>`
  }
})

const { BLOG_EDITOR_PASSWORD: password } = process.env
if (password) {
  server
    .use('/admin/**', basicAuth({ password }))
    .get('/admin/posts/:slug', showEditor)
    .post('/admin/posts/:slug', saveAndPublish)
}
server.all('/**', (event) => app.fetch(event.req))

// Prints its address when it listens.
serve(server, { port: process.env.PORT ?? 3000 })
