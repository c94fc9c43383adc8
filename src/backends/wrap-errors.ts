import type { BackendError, CopyOptions, PlacedBackend, PutOptions, Retry, Source } from './backend.ts'

/** Makes a {@link BackendError} of anything thrown; its message starts with `context`: "cannot read `a.html`". */
type ToBackendError = (context: string, thrown: unknown) => BackendError

/** Runs an operation and turns whatever it throws into a {@link BackendError}. */
export const wrapErrorsWith =
  (toBackendError: ToBackendError) =>
  async <T>(context: string, operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation()
    } catch (error) {
      throw toBackendError(context, error)
    }
  }

type Operations = Required<Pick<PlacedBackend, 'get' | 'put' | 'rewrite' | 'copy' | 'remove'>>
type PutWithRetry = (
  key: string,
  source: Source,
  options: PutOptions & { retry: Retry },
) => Promise<{ etag: string }>
type CopyWithRetry = (
  from: string,
  to: string,
  options: CopyOptions & { place?: string; retry: Retry },
) => Promise<{ etag: string }>

const once: Retry = (request) => request()

/**
 * The operations of a storage called `name`, their errors wrapped: each message says which operation failed on which
 * key. So are the errors of each request that `put` and `copy` make by their `retry`, which is always there.
 */
export function wrapOperations(
  name: string,
  toBackendError: ToBackendError,
  {
    get,
    put,
    rewrite,
    copy,
    remove,
  }: Omit<Operations, 'put' | 'copy'> & { put: PutWithRetry; copy: CopyWithRetry },
): Operations {
  const wrapErrors = wrapErrorsWith(toBackendError)
  const wrapRequests =
    (context: string, retry: Retry): Retry =>
    (request) =>
      retry((signal) => wrapErrors(context, () => request(signal)))
  const described = (objects: readonly { key: string }[]) =>
    objects.length === 1 ? `\`${objects[0]!.key}\`` : 'objects'
  return {
    get: (key) => wrapErrors(`cannot read \`${key}\` in \`${name}\``, () => get(key)),
    put(key, source, { retry = once, ...options }) {
      const context = `cannot write \`${key}\` in \`${name}\``
      return wrapErrors(context, () => put(key, source, { ...options, retry: wrapRequests(context, retry) }))
    },
    rewrite: (key, options) =>
      wrapErrors(`cannot rewrite \`${key}\` in \`${name}\``, () => rewrite(key, options)),
    copy(from, to, { retry = once, ...options }) {
      const context = `cannot copy \`${from}\` to \`${to}\` in \`${name}\``
      return wrapErrors(context, () => copy(from, to, { ...options, retry: wrapRequests(context, retry) }))
    },
    remove: (objects) =>
      wrapErrors(`cannot remove ${described(objects)} in \`${name}\``, () => remove(objects)),
  }
}
