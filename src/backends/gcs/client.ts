import type { Storage } from '@google-cloud/storage'
import { resolve } from 'node:path'
import type { GcsTarget } from '../../targets.ts'
import { loadPackage } from '../sdk.ts'
import { signInFailure, statusFailure } from './failure.ts'

/** One request of the storage's JSON API. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the endpoint, encoded: `/storage/v1/b/www/o`; or a whole address that the storage gave. */
  path: string
  query?: Record<string, string | undefined>
  headers?: Record<string, string>
  body?: Uint8Array<ArrayBuffer> | string
  /** Statuses that are answers and not failures, beside the 200s. */
  accept?: number[]
}

/** Makes requests of the storage's JSON API, each tried once. */
export type Client = (call: Call) => Promise<Response>

/** How long a silent server is waited for, and how slow a line may be. */
const patience = (bytes: number) => 30_000 + Math.ceil(bytes / 8)

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

  return async ({ method, path, query = {}, headers, body, accept = [] }) => {
    const url = new URL(path, endpoint)
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    if (given.length > 0) url.search = given.join('&')
    const signed = anonymous ? new Headers() : await signIn(storage, url.origin)
    for (const [key, value] of Object.entries(headers ?? {})) signed.set(key, value)
    const response = await fetch(url, {
      method,
      headers: signed,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience(body?.length ?? 0)),
    })
    if (response.ok || accept.includes(response.status)) return response
    throw statusFailure(response, await response.text())
  }
}

async function signIn(storage: Storage, url: string): Promise<Headers> {
  try {
    // A plain object in version 7 of the SDK, and `Headers` in version 8.
    return new Headers(await storage.authClient.getRequestHeaders(url))
  } catch (error) {
    throw signInFailure(error)
  }
}
