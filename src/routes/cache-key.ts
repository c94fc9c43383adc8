import { messageOf } from '../errors.ts'
import { readCacheKey, readFacts } from './page-facts.ts'
import type { PageParams } from './params.ts'
import type { DistillContext, DistillRoute, Page } from './types.ts'

/** The key of all pages of a route: undefined without the export `distillCacheKey`. */
export type RouteKey = { cacheKey: string | undefined } | undefined

/** Reads the export `distillCacheKey`; calls it if it is a function. */
export async function routeKeyOf(
  route: DistillRoute,
  context: DistillContext,
  onCall: () => void,
): Promise<RouteKey> {
  // An export that is `undefined` is a key that is not known.
  if (!('distillCacheKey' in route)) return undefined
  const { distillCacheKey: given } = route
  if (typeof given !== 'function') return { cacheKey: readCacheKey(given, '`distillCacheKey`') }
  onCall()
  let key: unknown
  try {
    key = await given(context)
  } catch (cause) {
    throw new Error(`\`distillCacheKey\` threw: ${messageOf(cause)}`, { cause })
  }
  return { cacheKey: readCacheKey(key, 'what `distillCacheKey` returned') }
}

/**
 * What is known of a page before it is rendered. A page has a cache key if every key that it should have is given.
 * Throws a `TypeError` for facts that are none.
 */
export function knownOf(
  params: PageParams,
  routeKey: RouteKey,
): Pick<Page, 'cacheKey' | 'lastmod' | 'priority'> {
  const facts = 'facts' in params ? readFacts(params.facts!) : undefined
  const keys = [...(routeKey ? [routeKey.cacheKey] : []), ...(facts?.hasCacheKey ? [facts.cacheKey] : [])]
  const known: ReturnType<typeof knownOf> = {}
  if (keys.length > 0 && !keys.includes(undefined))
    known.cacheKey = keys.length === 1 ? keys[0]! : JSON.stringify(keys)
  if (facts?.lastmod !== undefined) known.lastmod = facts.lastmod
  if (facts?.priority !== undefined) known.priority = facts.priority
  return known
}
