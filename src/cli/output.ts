import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { failureOf } from '../ci/report.ts'
import { type CiOutput, tellCi } from '../ci/tell.ts'
import { DistillError, printable, withoutCommands } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PlainError } from '../publish/result.ts'
import { UnverifiedError } from '../publish/verify/verify.ts'
import { LinksBrokenError } from '../links/describe.ts'
import { PagesFailedError } from '../render/failures.ts'
import { redactor } from '../secrets.ts'

/** The flags that say how much is printed, and how. */
export interface OutputFlags {
  logLevel?: 'info' | 'warn' | 'error' | 'silent'
  json?: boolean
  quiet?: boolean
}

/** How much a command prints, and how. */
export interface Output extends CiOutput {
  /** The result is one JSON document. */
  json: boolean
  /** Errors are printed with the stacks of their causes. */
  stacks: boolean
  /** The folder of the app. */
  root: string
}

/**
 * The output that the flags ask for.
 * @param options Of the plugin, whose targets may hold secrets; undefined before they are known
 */
export const outputOf = (
  { logLevel, json = false, quiet = false }: OutputFlags,
  command?: string,
  options?: ResolvedOptions,
): Output => ({
  command,
  root: options?.root ?? process.cwd(),
  outDir: options?.outDir,
  json,
  quiet: quiet || (logLevel !== undefined && logLevel !== 'info'),
  silent: logLevel === 'silent',
  stacks: logLevel === 'info',
  redact: redactor(Object.values(options?.publish ?? {})),
})

const { stdout, stderr } = process
const writeStdout = stdout.write.bind(stdout)

/** From now on, what anything else prints on stdout goes to stderr: Vite, its plugins and a config with `console.log`. */
export const keepStdout = (): void => {
  stdout.write = stderr.write.bind(stderr)
}

/** Prints lines on stderr. Stdout is for results alone. */
export const say = (lines: readonly string[]): void => {
  if (lines.length > 0) process.stderr.write(withoutCommands(`${lines.join('\n')}\n`))
}

/** Prints the result of a command in words. */
export const print = (lines: readonly string[]): void => {
  writeStdout(withoutCommands(`${lines.join('\n')}\n`))
}

/** Prints the result of a command as its one JSON document. */
export const printJson = (value: unknown, redact: Output['redact']): void => {
  const clean = (_: string, part: unknown) => (typeof part === 'string' ? redact(part) : part)
  // `JSON.stringify` leaves some control characters as they are.
  print(JSON.stringify(value, clean, 2).split('\n').map(printable))
}

/** Prints why a command failed. Returns its exit code. */
export function tellFailure(error: unknown, output: Output): number {
  const failure = failureOf(error, output.root)
  const { code, message, hint } = failure
  if (output.json) {
    const mismatches = error instanceof UnverifiedError ? error.mismatches : undefined
    const pages = error instanceof PagesFailedError ? error.pages : undefined
    const links = error instanceof LinksBrokenError ? error.links : undefined
    printJson({ error: { code, message, hint, mismatches, pages, links } }, output.redact)
  }
  sayFailure(message, hint, output)
  if (output.stacks) say(stackLines(error, output))
  tellCi({ lines: [], failure }, output)
  return error instanceof DistillError ? error.exitCode : 1
}

/** Prints the failure that a result holds. Returns the command's exit code. */
export function tellFailedResult({ code, message, hint }: PlainError, output: Output): number {
  sayFailure(message, hint, output)
  return new DistillError(code, message).exitCode
}

function sayFailure(message: string, hint: string | undefined, { silent, redact }: Output): void {
  if (silent) return
  const [first, ...rest] = linesOf(redact(message))
  say([pc.red(`✗ ${first}`), ...rest, ...(hint ? linesOf(`  ${redact(hint)}`) : [])])
}

function stackLines(error: unknown, { redact }: Output): string[] {
  const lines: string[] = []
  const seen = new Set<unknown>()
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    lines.push(...linesOf(redact(`${at === error ? '' : 'caused by '}${at.stack ?? at.message}`)).map(pc.dim))
  }
  return lines
}

/** The lines of a text that may quote a bundler, with its colours, or a storage. */
const linesOf = (text: string): string[] => stripVTControlCharacters(text).split(/\r?\n/).map(printable)
