// The blog as a server: the client build as files, everything else from the app.
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { H3, serve, serveStatic } from 'h3'
import app from './dist/server/entry-server.js'

const client = fileURLToPath(new URL('dist/client', import.meta.url))

/** The template and Vite's own files are in dist/client too, and must not be served. */
const isPrivate = (path) => path === '/index.html' || path.startsWith('/.')

const server = new H3()
  .use((event) =>
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
  .all('/**', (event) => app.fetch(event.req))

// Prints its address when it listens.
serve(server, { port: process.env.PORT ?? 3000 })
