import { BackendError } from '../../backends/backend.ts'
import { isNetworkCode, kindOfStatus } from '../../backends/http.ts'
import { messageOf } from '../../errors.ts'
import { throwIfAborted } from '../interrupted.ts'
import { retryAfterOf } from '../retry.ts'
import { withRetry } from './purger.ts'

/** Milliseconds until a provider has to answer a request. */
const timeout = 30_000

export interface ApiRequest {
  method?: 'GET' | 'POST'
  headers: Record<string, string>
  /** Is sent as JSON. */
  body?: unknown
  signal: AbortSignal | undefined
}

export interface ApiResponse {
  headers: Headers
  /** The JSON that came, `undefined` without any. */
  json: unknown
}

/**
 * Sends a request to a provider's API, again where another attempt may help.
 * @throws {BackendError} with the provider's reason
 */
export const callApi = (address: string, request: ApiRequest): Promise<ApiResponse> =>
  withRetry(() => send(address, request), request.signal)

async function send(
  address: string,
  { method = 'POST', headers, body, signal }: ApiRequest,
): Promise<ApiResponse> {
  const sent: Record<string, string> = { accept: 'application/json', ...headers }
  if (body !== undefined) sent['content-type'] = 'application/json'
  const ends = [AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]
  let response: Response
  let text: string
  try {
    response = await fetch(address, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      // The token goes to no other address.
      redirect: 'manual',
      signal: AbortSignal.any(ends),
    })
    text = await response.text()
  } catch (error) {
    throwIfAborted(signal)
    throw networkError(error)
  }
  const content = parsed(text)
  if (response.ok) return { headers: response.headers, json: content }
  const { status } = response
  const retryAfter = retryAfterOf(response.headers.get('retry-after'))
  // Google answers with 403 too where a rate is limited.
  const kind = /"\w*rateLimitExceeded"/i.test(text) ? 'throttled' : kindOfStatus(status)
  throw new BackendError(kind, `${reasonIn(content) ?? 'it gave no reason'} (${status})`, {
    retryAfter,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The message of an error as the providers send it, each in its own form. */
export function reasonIn(content: unknown): string | undefined {
  const { errors, error, msg, detail, message } = (content ?? {}) as Record<string, unknown>
  if (Array.isArray(errors) && errors.length > 0) return reasonIn(errors[0])
  if (typeof error === 'object') return reasonIn(error)
  const reason = [message, detail, msg].find((text) => typeof text === 'string' && text !== '')
  return (reason as string | undefined)?.split('\n', 1)[0]!.slice(0, 300)
}

/** The message of `fetch` itself is only `fetch failed`. No cause: it may hold the request's headers. */
function networkError(error: unknown): BackendError {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return new BackendError('unavailable', `nothing came for ${timeout / 1000} s`)
  const { code } = (cause ?? {}) as { code?: string }
  return new BackendError(isNetworkCode(code) ? 'unavailable' : 'rejected', messageOf(cause ?? error))
}
