import type { Backend, BackendError, PutOptions, Retry, Source } from './backend.ts'

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

type Operations = Required<Pick<Backend, 'get' | 'put' | 'rewrite' | 'remove'>>
type PutWithRetry = (
  key: string,
  source: Source,
  options: PutOptions & { retry: Retry },
) => Promise<{ etag: string }>

const once: Retry = (request) => request()

/**
 * The operations of a storage called `name`, their errors wrapped: each message says which operation failed on which
 * key. So are the errors of each request that `put` makes by its `retry`, which is always there.
 */
export function wrapOperations(
  name: string,
  toBackendError: ToBackendError,
  { get, put, rewrite, remove }: Omit<Operations, 'put'> & { put: PutWithRetry },
): Operations {
  const wrapErrors = wrapErrorsWith(toBackendError)
  const described = (objects: readonly { key: string }[]) =>
    objects.length === 1 ? `\`${objects[0]!.key}\`` : 'objects'
  return {
    get: (key) => wrapErrors(`cannot read \`${key}\` in \`${name}\``, () => get(key)),
    put(key, source, { retry = once, ...options }) {
      const context = `cannot write \`${key}\` in \`${name}\``
      const retryWrapped: Retry = (request) => retry((signal) => wrapErrors(context, () => request(signal)))
      return wrapErrors(context, () => put(key, source, { ...options, retry: retryWrapped }))
    },
    rewrite: (key, options) =>
      wrapErrors(`cannot rewrite \`${key}\` in \`${name}\``, () => rewrite(key, options)),
    remove: (objects) =>
      wrapErrors(`cannot remove ${described(objects)} in \`${name}\``, () => remove(objects)),
  }
}
