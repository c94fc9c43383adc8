import { type PageFacts, factsOf } from './page-facts.ts'
import type { DistillContext, DistillExports } from './types.ts'

/**
 * One page as `distillParams` returned it: without params, with named params, positional params or a URL. Nothing has
 * checked its facts.
 */
export type PageParams = { facts?: PageFacts } & (
  | { kind: 'none' }
  | { kind: 'named'; params: Record<string, unknown> }
  | { kind: 'positional'; values: readonly unknown[] }
  | { kind: 'url'; url: string }
)

/**
 * Calls `distillParams` and visits its pages one by one. Throws what it throws, or a `TypeError` if it returned
 * something else. A callback instead of an async generator, which would cost a promise for each page of a list.
 */
export async function visitParams(
  distillParams: NonNullable<DistillExports['distillParams']>,
  context: DistillContext,
  visit: (given: PageParams) => void,
): Promise<void> {
  if (typeof distillParams !== 'function') {
    throw new TypeError(`\`distillParams\` is ${nameOf(distillParams)}; it must be a function`)
  }
  const result = await distillParams(context)
  if (result === null || result === undefined) {
    return visit({ kind: 'none' })
  }
  if (typeof result !== 'object' || !(Symbol.iterator in result || Symbol.asyncIterator in result)) {
    throw new TypeError(
      `\`distillParams\` returned ${nameOf(result)}; it must return a list of pages (an array or anything that can be iterated), or nothing for one page without params`,
    )
  }
  let position = 0
  if (Symbol.asyncIterator in result) {
    for await (const element of result as AsyncIterable<unknown>) visit(readElement(element, position++))
  } else {
    for (const element of result as Iterable<unknown>)
      visit(readElement(isPromise(element) ? await element : element, position++))
  }
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Reads one element of what `distillParams` returned. */
export function readElement(element: unknown, position = 0): PageParams {
  const known = factsOf(element)
  if (known) return { ...readElement(known.params, position), facts: known.facts }
  if (typeof element === 'string') {
    return element.startsWith('/') ? { kind: 'url', url: element } : { kind: 'positional', values: [element] }
  }
  if (typeof element === 'number' || typeof element === 'bigint')
    return { kind: 'positional', values: [element] }
  if (Array.isArray(element)) return { kind: 'positional', values: element }
  if (typeof element === 'object' && element !== null)
    return { kind: 'named', params: element as Record<string, unknown> }
  if (element === null) return { kind: 'none' }
  throw new TypeError(
    `element ${position} of \`distillParams\` is ${nameOf(element)}; a page is an object of params, an array, a string or a number`,
  )
}

function nameOf(value: unknown): string {
  if (typeof value === 'string')
    return `the string \`${value.length > 60 ? `${value.slice(0, 60)}…` : value}\``
  if (typeof value === 'number') return `the number \`${value}\``
  if (typeof value === 'object' && value !== null) return 'an object that cannot be iterated'
  return value === undefined ? 'undefined' : `a ${typeof value} (\`${String(value)}\`)`
}
