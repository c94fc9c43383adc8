/** An app that answers an error with a bare 500 and gives its cause to `config.onError` only, as h3 does. */
interface H3Like {
  '~routes': unknown
  config: { silent?: boolean; onError?: (error: { cause?: unknown }, event: { req: Request }) => unknown }
}

/** What was thrown for which request, by the config of the app that was asked. */
const captured = new WeakMap<object, WeakMap<Request, unknown>>()

/**
 * Makes an H3 app remember what was thrown for which request; the app's own `onError` still decides the answer.
 * Gives back a lookup by request. Other apps are left as they are.
 * @param options.silent Keeps h3 from printing what is reported with the page anyway. Default: true.
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
    thrown.set(event.req, error.cause ?? error)
    return onError?.(error, event)
  }
  return thrown
}
