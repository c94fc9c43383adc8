import type { CAC, Command } from 'cac'
import { DistillError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/** Flags that may be given more than once. */
const repeatable = new Set(['--only <glob>'])

/**
 * Refuses what no command understands: a slip in a flag must not be ignored by something that deletes.
 * @throws {DistillError} `USAGE`, with what was probably meant
 */
export function checkUsage(cli: CAC): Command {
  const command = cli.matchedCommand
  if (!command) throw unknownCommand(cli)

  const known = [...cli.globalCommand.options, ...command.options]
  for (const name of Object.keys(cli.options)) {
    if (name === '--' || known.some(({ names }) => names.includes(name))) continue
    const typed = flag(name)
    const meant = nearest(
      typed,
      known.flatMap(({ names }) => names.map(flag)),
    )
    throw new DistillError('USAGE', `\`${command.name}\` has no flag \`${typed}\``, {
      hint: meant ? `Did you mean \`${meant}\`?` : `See \`vite-distill ${command.name} --help\`.`,
    })
  }
  for (const { required, names, rawName } of known) {
    const value = names.map((name) => cli.options[name] as unknown).find((given) => given !== undefined)
    if (required && typeof value === 'boolean')
      throw new DistillError('USAGE', `\`${rawName}\` was given without a value`)
    if (Array.isArray(value) && !repeatable.has(rawName))
      throw new DistillError('USAGE', `\`${rawName}\` was given ${value.length} times`)
    if (!required && typeof value !== 'boolean' && value !== undefined) {
      throw new DistillError('USAGE', `\`${rawName}\` takes no value, and was given \`${String(value)}\``)
    }
  }
  const [extra] = [...cli.args.slice(command.args.length), ...(cli.options['--'] as string[])]
  if (extra !== undefined) {
    throw new DistillError('USAGE', `\`${command.name}\` doesn't know what to do with \`${extra}\``, {
      hint: `See \`vite-distill ${command.name} --help\`.`,
    })
  }
  return command
}

function unknownCommand(cli: CAC): DistillError {
  const [typed] = cli.args
  const names = cli.commands.map(({ name }) => name)
  if (typed === undefined) {
    return new DistillError('USAGE', 'no command was given', {
      hint: `There are ${names.map((name) => `\`${name}\``).join(', ')}; \`vite-distill --help\` tells more.`,
    })
  }
  const meant = nearest(typed, names)
  return new DistillError('USAGE', `there is no command \`${typed}\``, {
    hint: meant
      ? `Did you mean \`${meant}\`?`
      : `There are ${names.map((name) => `\`${name}\``).join(', ')}.`,
  })
}

/** `skipVerify` as it is typed: `--skip-verify`. */
const flag = (name: string) =>
  name.length === 1 ? `-${name}` : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/**
 * A flag's number.
 * @throws {DistillError} `USAGE` where it is none, or below `least`
 */
export function wholeNumber(name: string, value: unknown, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= least))
    return value as number | undefined
  throw new DistillError('USAGE', `\`${name}\` is \`${String(value)}\``, {
    hint: `It must be a whole number, ${least} or more.`,
  })
}

/** The value of a flag that takes one of a few words. */
export function oneOf<T extends string>(flag: string, value: unknown, words: readonly T[]): T | undefined {
  if (value === undefined || words.includes(value as T)) return value as T | undefined
  throw new DistillError('USAGE', `\`${flag}\` is \`${String(value)}\``, {
    hint: `It may be ${words.map((word) => `\`${word}\``).join(' or ')}.`,
  })
}

/** The refusal of two flags of which one takes back the other. */
export const contradicting = (a: string, b: string) =>
  new DistillError('USAGE', `\`${a}\` and \`${b}\` contradict each other`, { hint: 'Leave one of them out.' })
