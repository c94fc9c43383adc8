import { DistillError } from './errors.ts'

/** Where an option problem is said: the option in backticks, the conflict, the fix. */
export const invalid = (message: string, hint?: string) =>
  new DistillError('OPTION_INVALID', message, hint ? { hint } : {})

/** Refuses an option that there is none of: a slip must not be ignored. */
export function checkNames(where: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = known.find((other) => other.toLowerCase() === name.toLowerCase())
    throw invalid(
      `${where} has no option \`${name}\``,
      near ? `Did you mean \`${near}\`?` : `It has ${list(known)}.`,
    )
  }
}

export function checkType(name: string, value: unknown, type: 'boolean' | 'function' | 'object'): void {
  if (typeof value !== type || value === null)
    throw invalid(
      `\`${name}\` is ${show(value)}`,
      `It must be ${type === 'object' ? 'an object' : `a ${type}`}.`,
    )
}

export function checkWhole(name: string, value: unknown, least: number): void {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw invalid(`\`${name}\` is ${show(value)}`, `It must be a whole number, ${least} or more.`)
  }
}

export function checkUrl(name: string, value: unknown): string {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value)) return value
  throw invalid(
    `\`${name}\` is ${show(value)}`,
    'It must be a full address such as `https://www.example.com/`.',
  )
}

export const show = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
export const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
