import type { BackendError } from './backend.ts'

/** Runs one operation; whatever fails in it leaves as what `asFailure` makes of it, in a message that starts with `doing`. */
export const failingAs =
  (asFailure: (doing: string, thrown: unknown) => BackendError) =>
  async <T>(doing: string, operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation()
    } catch (error) {
      throw asFailure(doing, error)
    }
  }
