/** An app that answers an error with a bare 500 and gives its cause to `config.onError` only, as h3 does. */
interface H3Like {
  '~routes': unknown
  config: { silent?: boolean; onError?: (error: { cause?: unknown }, event: { req: Request }) => unknown }
}

/**
 * Makes an H3 app remember what was thrown for which request; the app's own `onError` still decides the answer.
 * Gives back a lookup by request. Other apps are left as they are.
 */
export function captureErrors(app: unknown): (request: Request) => unknown {
  const thrown = new WeakMap<Request, unknown>()
  const { config } = app as Partial<H3Like>
  if ((app as Partial<H3Like> | undefined)?.['~routes'] !== undefined && config && !Object.isFrozen(config)) {
    const { onError } = config
    // What h3 would print is reported with the page instead.
    config.silent = true
    config.onError = (error, event) => {
      thrown.set(event.req, error.cause ?? error)
      return onError?.(error, event)
    }
  }
  return (request) => thrown.get(request)
}
