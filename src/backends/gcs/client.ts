import type { Storage } from '@google-cloud/storage'
import { resolve } from 'node:path'
import type { GcsTarget } from '../targets.ts'
import { loadPackage } from '../sdk.ts'
import { signInFailure, statusFailure } from './failure.ts'
import { openConnections, type Answer } from './request.ts'

/** One request of the storage's JSON API. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the endpoint, encoded: `/storage/v1/b/www/o`; or a whole address that the storage gave. */
  path: string
  query?: Record<string, string | undefined>
  headers?: Record<string, string>
  body?: Uint8Array | string
  /** Statuses that are answers and not failures, beside the 200s. */
  accept?: number[]
}

export interface Client {
  /** Makes a request of the storage's JSON API, once. */
  call(call: Call): Promise<Answer>
  close(): void
}

/**
 * A client for a target. The SDK finds the credentials and signs in; the requests are made here, because the
 * SDK's own uploads wait for a silent server without end, keep what `Retry-After` says to themselves, and tell
 * the content of an object without its generation.
 * @param root what a relative `keyFilename` is relative to
 * @throws {DistillError} `SDK_MISSING`
 */
export async function createClient(target: GcsTarget, root: string): Promise<Client> {
  const name = '@google-cloud/storage'
  const { Storage } = await loadPackage(name, () => import('@google-cloud/storage'))
  const { keyFilename, credentials, apiEndpoint } = target
  const storage = new Storage({
    ...(keyFilename === undefined ? {} : { keyFilename: resolve(root, keyFilename) }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(apiEndpoint === undefined ? {} : { apiEndpoint }),
  })
  const endpoint = storage.apiEndpoint
  const anonymous = endpoint.startsWith('http:') && keyFilename === undefined && credentials === undefined

  const { request, close } = openConnections()

  async function call({ method, path, query = {}, headers, body, accept = [] }: Call): Promise<Answer> {
    const url = new URL(path, endpoint)
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    if (given.length > 0) url.search = given.join('&')
    const signed = anonymous ? {} : await signIn(storage, url.origin)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    // Without it, the storage would unpack what is stored packed.
    const sent: Record<string, string> = { 'accept-encoding': 'gzip', ...signed, ...headers }
    if (method !== 'GET') sent['content-length'] = String(bytes?.length ?? 0)
    const answer = await request(url, { method, headers: sent, body: bytes })
    if ((answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)) return answer
    throw statusFailure(answer)
  }
  return { call, close }
}

async function signIn(storage: Storage, url: string): Promise<Record<string, string>> {
  try {
    // A plain object in version 7 of the SDK, and `Headers` in version 8.
    return Object.fromEntries(new Headers(await storage.authClient.getRequestHeaders(url)))
  } catch (error) {
    throw signInFailure(error)
  }
}
