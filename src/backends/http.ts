import type { FailureKind } from './backend.ts'

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** Whether a code is that of a network that failed. */
export const isNetworkCode = (code: string | undefined): boolean =>
  code !== undefined && (networkCodes.has(code) || code.startsWith('UND_ERR_'))

/** What a status means where the storage says nothing better. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return 'unauthorised'
  if (status === 412) return 'precondition'
  if (status === 429 || status === 503) return 'throttled'
  return status === 408 || status >= 500 ? 'unavailable' : 'rejected'
}

/** A `Retry-After` in milliseconds. A number of seconds; a date is never sent by storages. */
export function retryAfterOf(header: string | null | undefined): { retryAfter?: number } {
  const seconds = Number(header)
  return header != null && header !== '' && seconds >= 0 ? { retryAfter: seconds * 1000 } : {}
}
