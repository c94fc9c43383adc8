import type { H3Error, H3Like } from './entry.ts'

/** By app's config, the error of each request. */
const captured = new WeakMap<object, WeakMap<Request, unknown>>()

/**
 * Makes an H3 app record the error of each request, which h3 passes to `config.onError` only: the response is a bare
 * 500. The app's own `onError` still decides the response. Other apps stay as they are.
 * @param options.silent Keeps h3 from printing errors that are reported with the page anyway. Default: true.
 * @returns The error of a request, if one was recorded
 */
export function captureErrors(app: unknown, { silent = true } = {}): (request: Request) => unknown {
  const { config } = app as Partial<H3Like>
  if ((app as Partial<H3Like>)['~routes'] === undefined || !config || Object.isFrozen(config))
    return () => undefined
  if (silent) config.silent = true
  const thrown = captured.get(config) ?? remember(config)
  return (request) => thrown.get(request)
}

function remember(config: H3Like['config']): WeakMap<Request, unknown> {
  const thrown = new WeakMap<Request, unknown>()
  captured.set(config, thrown)
  const { onError } = config
  config.onError = (error, event) => {
    thrown.set(event.req, thrownOf(error))
    return onError?.(error, event)
  }
  return thrown
}

/**
 * What the app threw. h3 wraps what is not its own error in one that is `unhandled`. The `cause` of an error that the
 * app made itself is what the app passed to `HTTPError`: the error says more.
 */
function thrownOf(error: H3Error): unknown {
  const { cause, unhandled } = error
  if (!unhandled) return error
  // Node's handlers: `new HTTPError({ cause, unhandled: true })`.
  if (isDetails(cause)) return cause.cause ?? error
  return cause ?? String(cause)
}

const isDetails = (cause: unknown): cause is H3Error =>
  typeof cause === 'object' && cause !== null && !(cause instanceof Error) && 'unhandled' in cause
