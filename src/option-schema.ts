import * as v from 'valibot'
import { DistillError } from './errors.ts'
import { nearest } from './nearest.ts'

/*
 * What option schemas are made of. The message of a schema says what the value may be, and is shown as the hint.
 * A message of two lines also says what is wrong: `has a query\nPut it into …`.
 */

type Same<A, B> = [A, B] extends [B, A] ? true : false
/** A schema for each option of `T`. */
type Entries<T> = { [K in keyof T]-?: v.GenericSchema }
/** The entries that are no option of `T`, or take other values than it does, become `never`: a compile error. */
type Checked<T, E> = {
  [K in keyof E]: K extends keyof T
    ? Same<v.InferInput<E[K] & v.GenericSchema>, T[K]> extends true
      ? E[K]
      : never
    : never
}
type Outputs<E> = { [K in keyof E]: v.InferOutput<E[K] & v.GenericSchema> }

/** Options that don't go together. Called for wrong values too, so that all problems are told at once. */
export interface Rule<T> {
  /** The option that is wrong. Default: the object itself. */
  at?: keyof T & string
  isBroken(given: T): boolean
  what: string
  hint: string
}

/**
 * An object with the options of the interface `T`, which the compiler compares with `entries` both ways. Unknown
 * names are refused. The result is a frozen copy.
 * @param must What it must be
 * @param unknown What to do about an unknown name that is near no known one. Default: lists the names
 */
export const object =
  <T extends object>({ must = 'It must be an object.', unknown }: { must?: string; unknown?: string } = {}) =>
  <const E extends Entries<T>>(
    entries: E & Checked<T, E>,
    rules: readonly Rule<T>[] = [],
  ): v.GenericSchema<T, Outputs<E>> => {
    const names = Object.keys(entries)
    return v.pipe(
      anyObject(must),
      v.looseObject<v.ObjectEntries, string>(entries, 'It is required.'),
      v.rawCheck(({ dataset: { value: input }, addIssue }) => {
        if (!isObject(input)) return
        for (const name of Object.keys(input)) {
          if (Object.hasOwn(entries, name)) continue
          const near = nearest(name, names)
          const hint = near
            ? `Did you mean \`${near}\`?`
            : (unknown ?? `It has ${names.map(quote).join(', ')}.`)
          addIssue({ message: `has no option \`${name}\`\n${hint}` })
        }
        for (const { at, isBroken, what, hint } of rules) {
          if (!isBroken(input as T)) continue
          const value = at && input[at]
          addIssue({
            message: `${what}\n${hint}`,
            path: at && [{ type: 'object', origin: 'value', input, key: at, value }],
          })
        }
      }),
      v.transform(frozen),
    ) as v.GenericSchema as v.GenericSchema<T, Outputs<E>>
  }

/** An object whose names the user chooses. The result is a frozen copy. */
export const map = <I, O>(value: v.GenericSchema<I, O>, must: string) =>
  v.pipe(
    anyObject(must) as v.GenericSchema as v.GenericSchema<Record<string, I>>,
    v.record(text('A name must not be empty.'), value),
    v.transform(frozen),
  )

/** A list. The result is a frozen copy. */
export const list = <I, O>(item: v.GenericSchema<I, O>, must: string) =>
  v.pipe(v.array(item, must), v.transform(frozen))

const mustBeText = 'It must be a string that is not empty.'

/**
 * A string that is not empty.
 * @param fits What else it must be
 */
export const text = (must = mustBeText, fits: (given: string) => boolean = () => true) =>
  v.custom<string>((given) => typeof given === 'string' && given !== '' && fits(given), must)

/** A value that no message shows. */
export const hidden = <T>(is: (given: unknown) => boolean, must: string) =>
  v.custom<T>(is, ({ input }) => `is ${kindOf(input)}\n${must}`)

/** A string that is not empty, and that no message shows. */
export const secret = () => hidden<string>((given) => typeof given === 'string' && given !== '', mustBeText)

/** A web address. */
export const url = () =>
  v.pipe(
    text(
      'It must be a full address such as `https://www.example.com/`.',
      (given) => URL.canParse(given) && /^https?:/.test(given),
    ),
    v.check(
      hasReadableLogin,
      'has a user name or password with a `%` that stands for nothing\nWrite `%` itself as `%25`.',
    ),
  )

function hasReadableLogin(address: string): boolean {
  const { username, password } = new URL(address)
  try {
    decodeURIComponent(username)
    decodeURIComponent(password)
    return true
  } catch {
    return false
  }
}

/** A whole number, `least` or more. */
export const whole = (least: number) =>
  v.custom<number>((given) => isWhole(given, least), `It must be a whole number, ${least} or more.`)

/** Whether it is a whole number, `least` or more. */
export const isWhole = (given: unknown, least: number) =>
  Number.isInteger(given) && (given as number) >= least

export const boolean = () => v.boolean('It must be `true` or `false`.')

export const func = <T extends (...args: never) => unknown>() =>
  v.custom<T>((given) => typeof given === 'function', 'It must be a function.')

/** One of a few words. */
export const oneOf = <const T extends string>(words: readonly T[], orElse?: string) =>
  v.custom<T>(
    (given) => (words as readonly unknown[]).includes(given),
    ({ input }) => {
      const near = typeof input === 'string' ? nearest(input, words) : undefined
      if (near !== undefined) return `Did you mean \`${near}\`?`
      const all = [...words.map(quote), ...(orElse === undefined ? [] : [orElse])]
      return `It may be ${all.slice(0, -1).join(', ')} or ${all.at(-1)}.`
    },
  )

/** An object with named values: no list, `Map` or promise. */
export const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !(Symbol.iterator in given) && !(given instanceof Promise)

/** Any object. What came instead is not shown: it may hold a secret. */
export const anyObject = (must: string) => hidden<Record<string, unknown>>(isObject, must)

const frozen = <T>(value: T): T => Object.freeze(value) as T
const quote = (name: string) => `\`${name}\``

/** How many problems one error lists; the rest is counted. */
const shown = 20

/**
 * Checks options, and fills in defaults.
 * @param subject How messages call the whole
 * @throws {DistillError} `OPTION_INVALID`, with every problem
 */
export function parse<T>(schema: v.GenericSchema<unknown, T>, given: unknown, subject: string): T {
  const { success, output, issues } = v.safeParse(schema, given)
  if (success) return output
  const problems = issues.map((issue) => problemOf(issue, subject))
  const [{ message, hint }] = problems as [Problem]
  if (problems.length === 1) throw new DistillError('OPTION_INVALID', message, { hint })
  const rest = problems.length - shown
  throw new DistillError(
    'OPTION_INVALID',
    [
      `${subject} has ${problems.length} wrong options`,
      ...problems.slice(0, shown).map(({ message, hint }) => `  ${message}. ${hint}`),
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ].join('\n'),
  )
}

interface Problem {
  message: string
  hint: string
}

function problemOf({ message, input, path }: v.BaseIssue<unknown>, subject: string): Problem {
  const at = path ? `\`${path.map(({ key }, i) => step(key, i === 0)).join('')}\`` : subject
  const line = message.lastIndexOf('\n')
  if (line !== -1) return { message: `${at} ${message.slice(0, line)}`, hint: message.slice(line + 1) }
  return { message: `${at} is ${input === undefined && path ? 'missing' : show(input)}`, hint: message }
}

/** A step of a path: `.headers`, `[0]`, `['/old']`. */
function step(key: unknown, first: boolean): string {
  if (typeof key === 'string' && /^[\w-]+$/.test(key)) return first ? key : `.${key}`
  return typeof key === 'number' ? `[${key}]` : `['${String(key)}']`
}

/** Parts of addresses, connection strings and credentials that no message may show. */
const maySecret = /@|(key|sig|signature|token|secret|password)=|-----BEGIN|private_key|\beyJ/i

/** A value as messages show it. */
export function show(given: unknown): string {
  if (typeof given === 'object' || typeof given === 'function' || given === '') return kindOf(given)
  const shown = String(given)
  return maySecret.test(shown) ? 'a string that may hold a secret' : `\`${shown}\``
}

/** What came, where its content must not be shown. */
function kindOf(given: unknown): string {
  if (given === '') return 'an empty string'
  if (given === null || given === undefined || typeof given === 'boolean') return `\`${given}\``
  if (Array.isArray(given)) return 'a list'
  if (given instanceof Promise) return 'a promise'
  return typeof given === 'object' ? 'an object' : `a ${typeof given}`
}
