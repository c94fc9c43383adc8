import { storedHeaders, type HeaderRule } from '../../target-options.ts'
import { matching } from './matching.ts'
import type { BuiltFile } from './site.ts'

type Headers = Readonly<Record<string, string>>

const immutable = { 'cache-control': 'public, max-age=31536000, immutable' }
const revalidated = { 'cache-control': 'public, max-age=0, must-revalidate' }

/**
 * Makes a function that says which headers a file is stored with: a hashed name may be cached for ever and
 * any other is asked for again; what the route said is over that, and the target's rules are over all.
 */
export function headersByRule(rules: readonly HeaderRule[] = []): (file: BuiltFile) => Headers {
  const compiled = rules.map(({ match, ...headers }) => ({ matches: matching(match), headers }))
  return ({ key, kind, headers }) => {
    const said = compiled.filter(({ matches }) => matches(key)).map((rule) => rule.headers)
    const all: Record<string, string> = Object.assign(
      {},
      kind === 'hashed' ? immutable : revalidated,
      headers,
      ...said,
    )
    return Object.fromEntries(
      storedHeaders.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
    )
  }
}
