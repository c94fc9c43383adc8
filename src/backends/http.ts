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

/** Whether an error code means that the network failed. */
export const isNetworkCode = (code: string | undefined): boolean =>
  code !== undefined && (networkCodes.has(code) || code.startsWith('UND_ERR_'))

/** The failure that a status means when the response names no better reason. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return 'unauthorised'
  if (status === 412) return 'precondition'
  if (status === 429 || status === 503) return 'throttled'
  return status === 408 || status >= 500 ? 'unavailable' : 'rejected'
}

/** Reads `Retry-After`, a number of seconds, as milliseconds. Storages never send its other form, a date. */
export function retryAfterOf(header: string | null | undefined): number | undefined {
  const seconds = Number(header)
  return header != null && header !== '' && seconds >= 0 ? seconds * 1000 : undefined
}
