import type { Storage } from '@google-cloud/storage'
import { resolve } from 'node:path'
import { loadPackage } from '../load-package.ts'
import type { GcsTarget } from '../targets.ts'
import { signInError, statusError } from './failure.ts'
import { openConnections } from './request.ts'
import type { HttpResponse } from './response.ts'

/** One request of the storage's JSON API. */
interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Relative to the endpoint and encoded, `/storage/v1/b/www/o`; or a whole URL that the storage returned. */
  path: string
  query?: Record<string, string | undefined>
  headers?: Record<string, string>
  body?: Uint8Array | string
  /** Statuses that are no failures, besides the 200s. */
  accept?: number[]
}

export interface Client {
  /** Sends a request once. Throws for every status that is neither in the 200s nor in `accept`. */
  call(request: ApiRequest): Promise<HttpResponse>
  close(): void
}

/**
 * A client of the storage's JSON API. Google's SDK finds the credentials and signs in. It does not send the
 * requests: its uploads wait for a silent server without end, its errors have no `Retry-After`, and its
 * downloads have no generation.
 * @param root what a relative `keyFilename` is relative to
 * @param timeout milliseconds without traffic on its connection after which a request fails
 * @throws {DistillError} `SDK_MISSING`
 */
export async function createClient(target: GcsTarget, root: string, timeout: number): Promise<Client> {
  const name = '@google-cloud/storage'
  const { Storage } = await loadPackage(name, () => import('@google-cloud/storage'))
  const { keyFilename, credentials, apiEndpoint } = target
  const storage = new Storage({
    keyFilename: keyFilename === undefined ? undefined : resolve(root, keyFilename),
    credentials,
    apiEndpoint,
  })
  const endpoint = storage.apiEndpoint
  const anonymous = endpoint.startsWith('http:') && keyFilename === undefined && credentials === undefined

  const { request, close } = openConnections(timeout)

  async function call({ method, path, query = {}, headers, body, accept = [] }: ApiRequest) {
    const url = new URL(path, endpoint)
    const parameters = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    if (parameters.length > 0) url.search = parameters.join('&')
    const authorization = anonymous ? {} : await signIn(storage, url.origin)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    // Without `accept-encoding`, the storage decompresses objects that are stored compressed.
    const sent: Record<string, string> = { 'accept-encoding': 'gzip', ...authorization, ...headers }
    if (method !== 'GET') sent['content-length'] = String(bytes?.length ?? 0)
    const response = await request(url, { method, headers: sent, body: bytes })
    const { status } = response
    if ((status >= 200 && status < 300) || accept.includes(status)) return response
    throw statusError(response)
  }
  return { call, close }
}

async function signIn(storage: Storage, url: string): Promise<Record<string, string>> {
  try {
    // Version 7 of the SDK returns a plain object, version 8 returns `Headers`.
    return Object.fromEntries(new Headers(await storage.authClient.getRequestHeaders(url)))
  } catch (error) {
    throw signInError(error)
  }
}
