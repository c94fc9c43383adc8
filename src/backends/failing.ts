import type { Backend, BackendError } from './backend.ts'

type AsFailure = (doing: string, thrown: unknown) => BackendError

/** Runs one operation; whatever fails in it leaves as what `asFailure` makes of it, in a message that starts with `doing`. */
export const failingAs =
  (asFailure: AsFailure) =>
  async <T>(doing: string, operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation()
    } catch (error) {
      throw asFailure(doing, error)
    }
  }

type Operations = Pick<Backend, 'get' | 'put' | 'rewrite' | 'remove'>

/** Operations on single objects, each failure of which says what was being done, and where. */
export function worded(
  name: string,
  asFailure: AsFailure,
  { get, put, rewrite, remove }: Operations,
): Operations {
  const failing = failingAs(asFailure)
  const what = (keys: readonly string[]) => (keys.length === 1 ? `\`${keys[0]}\`` : 'objects')
  return {
    get: (key) => failing(`cannot read \`${key}\` in \`${name}\``, () => get(key)),
    put: (key, source, options) =>
      failing(`cannot write \`${key}\` in \`${name}\``, () => put(key, source, options)),
    ...(rewrite && {
      rewrite: (key, options) =>
        failing(`cannot rewrite \`${key}\` in \`${name}\``, () => rewrite(key, options)),
    }),
    remove: (keys) => failing(`cannot remove ${what(keys)} in \`${name}\``, () => remove(keys)),
  }
}
