import type { Backend, BackendError } from './backend.ts'

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

/** The operations of a storage called `name`, their errors wrapped: each message says which operation failed on which key. */
export function wrapOperations(
  name: string,
  toBackendError: ToBackendError,
  { get, put, rewrite, remove }: Operations,
): Operations {
  const wrapErrors = wrapErrorsWith(toBackendError)
  const described = (keys: readonly string[]) => (keys.length === 1 ? `\`${keys[0]}\`` : 'objects')
  return {
    get: (key) => wrapErrors(`cannot read \`${key}\` in \`${name}\``, () => get(key)),
    put: (key, source, options) =>
      wrapErrors(`cannot write \`${key}\` in \`${name}\``, () => put(key, source, options)),
    rewrite: (key, options) =>
      wrapErrors(`cannot rewrite \`${key}\` in \`${name}\``, () => rewrite(key, options)),
    remove: (keys) => wrapErrors(`cannot remove ${described(keys)} in \`${name}\``, () => remove(keys)),
  }
}
