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
  // A site has a few sets of headers, and may have a million files.
  const known = new Map<string, Headers>()
  return ({ key, kind, headers }) => {
    const ruled = compiled.filter(({ matches }) => matches(key)).map((rule) => rule.headers)
    const caching = kind === 'hashed' ? immutable : revalidated
    const given = JSON.stringify([caching, headers, ...ruled])
    let found = known.get(given)
    if (!found) {
      const all: Record<string, string> = Object.assign({ 'cache-control': caching }, headers, ...ruled)
      found = Object.fromEntries(
        storedHeaders.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
      )
      known.set(given, found)
    }
    return found
  }
}
