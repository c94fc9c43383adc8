import type { IncomingMessage } from 'node:http'
import { H3, serve, type H3Event } from 'h3'

/** One request that came, in order. */
export interface ServerRequest {
  /** What the storage calls it: `PutObject`, `objects.insert`, … */
  operation: string
  method: string
  bucket: string
  key: string | undefined
  headers: Headers
  /** What was answered; 0 when nothing was. */
  status: number
}

/** What happens to a request instead of its being done: an error is answered, nothing is, or the connection breaks. */
export type Fault = AnsweredFault | 'hang' | 'reset'

export interface AnsweredFault {
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
  /** Asked before each request is done. */
  fault: ((request: ServerRequest) => Fault | undefined) | undefined
  /** Begins to serve a bucket as a website, at the address it resolves to: `http://127.0.0.1:40001/`. */
  website(bucket: string): Promise<string>
  stop(): Promise<void>
}

/** What one kind of storage speaks. */
export interface Protocol<Bucket, Call> {
  callOf(event: H3Event): Promise<Call>
  operationOf(call: Call): string
  answer(call: Call, event: H3Event): Response | Promise<Response>
  faultAnswer(fault: AnsweredFault, call: Call): Response
  websiteAnswer(bucket: Bucket, path: string, method: string): Response
}

/** Starts to serve what a protocol answers, with faults and a record of what came. */
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
    const fault = server.fault?.(request)
    if (fault === 'reset') nodeRequest(event).socket.destroy()
    if (fault === 'hang' || fault === 'reset') return new Promise<Response>(() => {})
    const response = fault ? protocol.faultAnswer(fault, call) : await protocol.answer(call, event)
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
    async website(name) {
      const port = await start(0, (event) => {
        const { pathname } = new URL(event.req.url)
        return protocol.websiteAnswer(buckets.get(name)!, pathname, event.req.method)
      })
      return `http://127.0.0.1:${port}/`
    },
    stop: async () => void (await Promise.all(stops.map((stop) => stop()))),
  }
  return server
}

async function listen(port: number, handler: (event: H3Event) => Response | Promise<Response>) {
  const app = new H3().all('/**', handler)
  const server = serve(app, { port, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  return { port: Number(new URL(server.url!).port), stop: async () => void (await server.close(true)) }
}

/** The request as Node received it: the path as it was sent, whatever URLs make of it. */
export const nodeRequest = (event: H3Event) => event.runtime!.node!.req as IncomingMessage

/** The text before and after the first `by`. */
export function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)]
}
