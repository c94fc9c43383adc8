import { H3, serve } from 'h3'
import { onTestFinished } from 'vitest'

/** Serves requests for as long as the test runs; resolves to the address, with a `/` at its end. */
export async function serving(fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  const app = new H3().all('/**', (event) => fetch(event.req))
  const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  onTestFinished(async () => void (await server.close(true)))
  return `http://127.0.0.1:${new URL(server.url!).port}/`
}
