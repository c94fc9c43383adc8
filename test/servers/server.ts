import type { IncomingMessage } from 'node:http'
import { H3, serve, type H3Event } from 'h3'

/** A request that the server got. */
export interface ServerRequest {
  /** The storage's name of the operation: `PutObject`, `objects.insert`, … */
  operation: string
  method: string
  bucket: string
  key: string | undefined
  headers: Headers
  /** The status of the response; 0 without one. */
  status: number
}

/**
 * What the server does instead of the operation: it responds with an error, never responds, or closes the connection.
 * With `lost`, it closes the connection after the operation. A promise holds the request back: the operation is done
 * once it resolves, even if the client has gone.
 */
export type Fault = ErrorFault | 'hang' | 'reset' | 'lost' | Promise<void>

interface ErrorFault {
  status: number
  code: string
  retryAfter?: number
}

/** A storage in memory. */
export interface StorageServer<Bucket> {
  /** The endpoint: `http://127.0.0.1:40000`. */
  url: string
  port: number
  buckets: Map<string, Bucket>
  requests: ServerRequest[]
  /** Called before each operation. */
  fault: ((request: ServerRequest) => Fault | undefined) | undefined
  /** Replaces the response of an operation. */
  alter: ((request: ServerRequest, response: Response) => Response | Promise<Response>) | undefined
  /** Starts a website of a bucket. Resolves to its URL: `http://127.0.0.1:40001/`. */
  website(bucket: string): Promise<string>
  stop(): Promise<void>
}

/** The protocol of one kind of storage. */
export interface Protocol<Bucket, Call> {
  callOf(event: H3Event): Promise<Call>
  operationOf(call: Call): string
  respond(call: Call, event: H3Event): Response | Promise<Response>
  faultResponse(fault: ErrorFault, call: Call): Response
  websiteResponse(bucket: Bucket, path: string, method: string): Response
}

/** Starts a server for a protocol that can make faults and records its requests. */
export async function startServer<
  Bucket,
  Call extends Pick<ServerRequest, 'method' | 'bucket' | 'key' | 'headers'>,
>(
  port: number,
  buckets: Map<string, Bucket>,
  protocol: Protocol<Bucket, Call>,
): Promise<StorageServer<Bucket>> {
  const stops: (() => Promise<void>)[] = []
  async function start(port: number, handler: (event: H3Event) => Response | Promise<Response>) {
    const listening = await listen(port, handler)
    stops.push(listening.stop)
    return listening.port
  }

  const listening = await start(port, async (event) => {
    const call = await protocol.callOf(event)
    const request: ServerRequest = { ...call, operation: protocol.operationOf(call), status: 0 }
    server.requests.push(request)
    const met = server.fault?.(request)
    const fault = met instanceof Promise ? await met.then(() => undefined) : met
    if (fault === 'reset') nodeRequest(event).socket.destroy()
    if (fault === 'hang' || fault === 'reset') return new Promise<Response>(() => {})
    let response =
      fault && fault !== 'lost' ? protocol.faultResponse(fault, call) : await protocol.respond(call, event)
    if (fault === 'lost') {
      nodeRequest(event).socket.destroy()
      return new Promise<Response>(() => {})
    }
    if (server.alter) response = await server.alter(request, response)
    if (fault?.retryAfter !== undefined) response.headers.set('retry-after', String(fault.retryAfter))
    request.status = response.status
    return response
  })
  const server: StorageServer<Bucket> = {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    buckets,
    requests: [],
    fault: undefined,
    alter: undefined,
    async website(name) {
      const port = await start(0, (event) => {
        const { pathname } = new URL(event.req.url)
        return protocol.websiteResponse(buckets.get(name)!, pathname, event.req.method)
      })
      return `http://127.0.0.1:${port}/`
    },
    stop: async () => void (await Promise.all(stops.map((stop) => stop()))),
  }
  return server
}

async function listen(port: number, handler: (event: H3Event) => Response | Promise<Response>) {
  const app = new H3().all('/**', handler)
  // Node closes idle connections after 5 seconds. On a busy machine, a request can meet that moment and fail.
  const node = { keepAliveTimeout: 600_000 }
  const server = serve(app, { port, hostname: '127.0.0.1', silent: true, gracefulShutdown: false, node })
  await server.ready()
  return { port: Number(new URL(server.url!).port), stop: async () => void (await server.close(true)) }
}

/** The request as Node received it, with the path exactly as it was sent. */
export const nodeRequest = (event: H3Event) => event.runtime!.node!.req as IncomingMessage

/** The text before and after the first `by`. */
export function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)]
}
