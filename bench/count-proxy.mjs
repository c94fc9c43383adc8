// A proxy in front of a storage that counts requests by kind. It passes the client's `Host` on, which signatures cover.
import { Agent, createServer, request } from 'node:http'

/** Resolves to the proxy's address, `take()` for the counts since the last call, and `close()`. */
export async function countRequests(endpoint) {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  let counts = {}
  const server = createServer((incoming, outgoing) => {
    const kind = kindOf(incoming)
    counts[kind] = (counts[kind] ?? 0) + 1
    const { method, url: path, headers } = incoming
    const onward = request({ hostname, port, method, path, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders)
      answer.pipe(outgoing)
    })
    onward.on('error', (error) => outgoing.writeHead(502).end(String(error)))
    incoming.pipe(onward)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    take() {
      const taken = counts
      counts = {}
      return taken
    },
    close() {
      server.closeAllConnections()
      server.close()
      agent.destroy()
    },
  }
}

function kindOf({ method, url, headers }) {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  if (searchParams.has('uploads') || searchParams.has('uploadId')) return `${method} part`
  if (method === 'POST' && searchParams.has('delete')) return 'DeleteObjects'
  if (pathname.split('/').filter(Boolean).length > 1) return headers['x-amz-copy-source'] ? 'copy' : method
  if (method !== 'GET') return `${method} bucket`
  const [asked] = ['location', 'acl', 'policy', 'versioning'].filter((name) => searchParams.has(name))
  return asked ? `GET ?${asked}` : 'list'
}
