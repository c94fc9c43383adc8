import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { gunzipSync } from 'node:zlib'

export interface Request {
  method: string
  headers: Record<string, string>
  body: Uint8Array | undefined
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** As it came over the line. */
  body: Buffer<ArrayBuffer>
}

/** How long a silent server is waited for. */
const patience = 30_000

/**
 * Opens connections that are kept for the next request. With `fetch`, each body would be in memory twice, an answer
 * be unpacked unasked, and a slow line be taken for a silent server.
 */
export function openConnections() {
  // Who calls bounds what is in flight.
  const options = { keepAlive: true, maxSockets: Infinity }
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }

  async function request(url: URL, { method, headers, body }: Request): Promise<Answer> {
    const secure = url.protocol === 'https:'
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = (secure ? https : http).request(
        url,
        { method, headers, agent: agents[secure ? 'https:' : 'http:'], timeout: patience },
        resolve,
      )
      sending.on('timeout', () => sending.destroy(new Silence()))
      sending.on('error', reject)
      sending.end(body)
    })
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    return { status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }
  }

  function close(): void {
    for (const agent of Object.values(agents)) agent.destroy()
  }
  return { request, close }
}

/** Nothing came for too long. */
export class Silence extends Error {
  constructor() {
    super('no answer came in time')
  }
}

/** The content of an object as it is stored. */
export const contentOf = (answer: Answer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(answer.headers['x-goog-stored-content-encoding'] === 'gzip' ? answer.body : unpacked(answer))

export const textOf = (answer: Answer): string => unpacked(answer).toString()

export const jsonOf = <T>(answer: Answer): T => JSON.parse(textOf(answer)) as T

/** Who takes gzip may be sent it on the way. */
const unpacked = ({ headers, body }: Answer) =>
  headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
