import pc from 'picocolors'
import { DistillError, messageOf } from '../errors.ts'
import { UnverifiedError } from '../publish/verify/verify.ts'
import type { Session } from './session.ts'

/** Lines for whoever watches: on stderr, since stdout is for results alone. */
export const say = (lines: readonly string[]): void => {
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`)
}

/** The result of a command, in words. */
export const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** The result of a command, as its one JSON document. */
export const printJson = (value: unknown): void => print([JSON.stringify(value, null, 2)])

/** Tells why a command failed, without secrets. Returns the code to exit with. */
export function tellFailure(error: unknown, session: Session): number {
  const { code, exitCode, hint } = describe(error)
  const message = session.redact(messageOf(error))
  if (session.json) {
    printJson({
      error: {
        code,
        message,
        ...(hint !== undefined && { hint: session.redact(hint) }),
        ...(error instanceof UnverifiedError && { mismatches: error.mismatches }),
      },
    })
  }
  if (!session.silent) {
    sayFailure(message, hint, session)
    if (session.stacks) say(stackLines(error).map(session.redact))
  }
  return exitCode
}

/** A failure in words. */
export function sayFailure(message: string, hint: string | undefined, { redact }: Session): void {
  const [first, ...rest] = redact(message).split('\n')
  say([pc.red(`✗ ${first}`), ...rest, ...(hint === undefined ? [] : [`  ${redact(hint)}`])])
}

function describe(error: unknown): { code: string; exitCode: number; hint?: string | undefined } {
  if (error instanceof DistillError) return error
  return {
    code: 'UNEXPECTED',
    exitCode: 1,
    hint: 'This is a fault of vite-distill. Please report it, with what `--logLevel info` prints.',
  }
}

function stackLines(error: unknown): string[] {
  const lines: string[] = []
  for (let at = error; at instanceof Error; at = at.cause)
    lines.push(pc.dim(`${at === error ? '' : 'caused by '}${at.stack ?? at.message}`))
  return lines
}
