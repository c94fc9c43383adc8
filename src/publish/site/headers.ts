import { immutable, revalidated } from '../../cache-control.ts'
import { storedHeaders, type HeaderRule } from '../../target-options.ts'
import { matching } from './matching.ts'
import type { BuiltFile } from './site.ts'

type Headers = Readonly<Record<string, string>>

/**
 * Makes a function that returns the headers that a file is stored with. A file with a hash in its name may be
 * cached for ever, any other has to be revalidated. The route's headers override that, and the target's rules
 * override both.
 */
export function headersByRule(rules: readonly HeaderRule[] = []): (file: BuiltFile) => Headers {
  const compiled = rules.map(({ match, ...headers }) => ({ matches: matching(match), headers }))
  return ({ key, kind, headers }) => {
    const ruled = compiled.filter(({ matches }) => matches(key)).map((rule) => rule.headers)
    const all: Record<string, string> = Object.assign(
      { 'cache-control': kind === 'hashed' ? immutable : revalidated },
      headers,
      ...ruled,
    )
    return Object.fromEntries(
      storedHeaders.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
    )
  }
}
