import { createHash } from 'node:crypto'

/** What a page's content depends on besides the code: a version, a time of change, a hash. */
export type CacheKey = string | number | bigint | Date

/** What `page()` says of a page. */
export interface PageFacts {
  /**
   * The same key on the same code: the same page, which the next build keeps instead of rendering it. Without a key, or
   * with `undefined`, the page is rendered by each build.
   */
  cacheKey?: CacheKey | undefined
  /** When the page changed last, for the sitemap: a `Date`, `2026-01-31` or `2026-01-31T12:00:00Z`. */
  lastmod?: string | Date | undefined
  /** From 0 to 1, for the sitemap. */
  priority?: number | undefined
}

/** A global symbol, because the app may have bundled its own copy of this package. */
const marker = Symbol.for('vite-distill.page')

/** An element of what `distillParams` returns, with what is known of the page. */
export interface PageWithFacts {
  readonly [marker]: { params: unknown; facts: PageFacts }
}

/**
 * Params with what is known of the page: `page({ slug }, { cacheKey: post.updatedAt })`.
 * @param params As an element of `distillParams` without this function; `null` for a page without params
 */
export const page = (params: unknown, facts: PageFacts): PageWithFacts => ({ [marker]: { params, facts } })

/** What `page()` was given, if the element comes from it. */
export const factsOf = (element: unknown): PageWithFacts[typeof marker] | undefined =>
  typeof element === 'object' && element !== null ? (element as Partial<PageWithFacts>)[marker] : undefined

/** Facts as the list of pages has them. */
export interface ReadFacts {
  /** Whether a key was given; it may be `undefined` all the same. */
  hasCacheKey: boolean
  cacheKey: string | undefined
  lastmod: string | undefined
  priority: number | undefined
}

/** Checks what `page()` was given. Throws a `TypeError` that says what is wrong. */
export function readFacts(facts: PageFacts): ReadFacts {
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts) || facts instanceof Date)
    throw new TypeError(`\`page()\` was given ${show(facts)} as its second argument; it takes an object`)
  for (const name of Object.keys(facts)) {
    if (name === 'cacheKey' || name === 'lastmod' || name === 'priority') continue
    throw new TypeError(
      `\`page()\` was given \`${name}\`; it takes \`cacheKey\`, \`lastmod\` and \`priority\``,
    )
  }
  return {
    hasCacheKey: 'cacheKey' in facts,
    cacheKey: readCacheKey(facts.cacheKey, '`cacheKey`'),
    lastmod: readLastmod(facts.lastmod),
    priority: readPriority(facts.priority),
  }
}

/** Characters of a key that is kept as it was given: a longer one, such as the whole content, is hashed. */
const maxKeyLength = 64

/** Throws a `TypeError` for what is no key: a value that is always the same would keep pages for ever. */
export function readCacheKey(given: unknown, name: string): string | undefined {
  if (given === undefined) return undefined
  const isKey =
    (typeof given === 'string' && given !== '') ||
    typeof given === 'bigint' ||
    Number.isFinite(given) ||
    isDate(given)
  if (!isKey)
    throw new TypeError(
      `${name} is ${show(given)}; it must be a text, a number or a date, or \`undefined\` to render the page each time`,
    )
  const text = given instanceof Date ? given.toISOString() : String(given)
  return text.length <= maxKeyLength ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`
}

const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime())

const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/

/** Whether a sitemap can have it: a date, or a time with its zone, in the format of the protocol's schema. */
export const isLastmod = (text: string): boolean =>
  date.test(text) && !Number.isNaN(Date.parse(text)) && isDay(text.slice(0, 10))

/** JavaScript takes the 30th of February for the 2nd of March. */
const isDay = (text: string) => new Date(text).toISOString().startsWith(text)

function readLastmod(given: unknown): string | undefined {
  if (given === undefined) return undefined
  if (isDate(given)) return given.toISOString()
  if (typeof given === 'string' && isLastmod(given)) return given
  throw new TypeError(
    `\`lastmod\` is ${show(given)}; it must be a \`Date\`, or a text such as \`2026-01-31\` or \`2026-01-31T12:00:00Z\``,
  )
}

function readPriority(given: unknown): number | undefined {
  if (given === undefined || (typeof given === 'number' && given >= 0 && given <= 1)) return given
  throw new TypeError(`\`priority\` is ${show(given)}; it must be a number from 0 to 1`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : `\`${value.slice(0, 60)}\``
  if (value instanceof Date) return isDate(value) ? 'a date' : 'an invalid date'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' || typeof value === 'symbol'
    ? `a ${typeof value}`
    : `\`${String(value)}\``
}
