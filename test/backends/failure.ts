import { inspect } from 'node:util'
import { expect } from 'vitest'
import { BackendError, type FailureKind } from '../../src/backends/backend.ts'

/** The error of something that has to fail. */
export const errorOf = (operation: Promise<unknown>): Promise<Error> =>
  operation.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  )

/** The error of an operation. Fails unless it is a {@link BackendError} of this kind. */
export async function failureOf(operation: Promise<unknown>, kind: FailureKind): Promise<BackendError> {
  const error = await errorOf(operation)
  expect(error).toBeInstanceOf(BackendError)
  expect(error).toMatchObject({ kind })
  return error as BackendError
}

/** Fails if an error contains a secret, in any way of printing it. */
export function expectNoSecret(error: Error, secrets: string[]): void {
  const everything = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity })
  for (const secret of secrets) {
    for (const text of [error.message, error.stack, JSON.stringify(error), everything]) {
      expect(text).not.toContain(secret)
    }
  }
}
