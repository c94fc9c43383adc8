import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { HttpResponse } from './response.ts'

export interface HttpRequest {
  method: string
  headers: Record<string, string>
  body: Uint8Array | undefined
  signal?: AbortSignal
}

/**
 * Opens connections that are kept for the next request. `node:http` counts time without traffic. The timeouts of
 * `fetch` and `undici` count the time to send a body too, so that they end a large upload on a slow line; `fetch`
 * also copies each body and decompresses responses that must stay as stored.
 * @param timeout milliseconds without traffic on its connection after which a request fails
 */
export function openConnections(timeout: number) {
  // The caller limits concurrency.
  const options = { keepAlive: true, maxSockets: Infinity }
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }

  async function request(url: URL, { method, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    const secure = url.protocol === 'https:'
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = (secure ? https : http).request(
        url,
        { method, headers, agent: agents[secure ? 'https:' : 'http:'], timeout, signal },
        resolve,
      )
      sending.on('timeout', () => sending.destroy(new TimeoutError()))
      sending.on('error', reject)
      sending.end(body)
    })
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }
  }

  function close(): void {
    for (const agent of Object.values(agents)) agent.destroy()
  }
  return { request, close }
}

export class TimeoutError extends Error {
  constructor() {
    super('the storage did not respond in time')
  }
}
