import { DistillError, type ErrorCode } from '../errors.ts'

/** Milliseconds after which a person is told what is waited for. */
export const tellAfter = 1000

/** Code of the app or of the options that did not end within `timeout`. */
export class LateError extends DistillError {
  /** @param what What was waited for: `` `distillParams` of route `/posts/:slug` `` */
  constructor(code: ErrorCode, what: string, timeout: number) {
    super(code, `${what} took longer than \`timeout\`, ${timeout} ms`, {
      hint: 'It may wait for something that never comes. If it only needs more time, raise `timeout`.',
    })
  }
}

/** Says what is waited for, on a line of its own, also where a progress line is shown. */
export function tellWaiting(what: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001B[2K' : ''}Waiting for ${what}\n`)
}

export interface WaitOptions {
  /** What is waited for, as `LateError` takes it. */
  what: string
  /** The code of the error where it takes too long. */
  code: ErrorCode
  /** Milliseconds. */
  timeout: number
  /** Called once it has taken `tellAfter` milliseconds. */
  tell: () => void
}

/**
 * Waits for what a function of the options returned.
 * @throws {LateError} if it takes longer than `timeout`
 */
export async function inTime<T>(
  promised: T | PromiseLike<T>,
  { what, code, timeout, tell }: WaitOptions,
): Promise<T> {
  const timers: NodeJS.Timeout[] = []
  const late = new Promise<never>((_, reject) => {
    timers.push(
      setTimeout(tell, tellAfter),
      setTimeout(() => reject(new LateError(code, what, timeout)), timeout),
    )
  })
  try {
    return await Promise.race([promised, late])
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}
