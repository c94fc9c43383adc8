import * as v from 'valibot'
import { isObject, list, object, text } from './option-schema.ts'

/** What a link that leads nowhere does to the build. */
export type LinkLevel = 'error' | 'warn' | false

export interface LinkOptions {
  /** Links to pages and files that the site does not have. Default: `error`. */
  missing?: LinkLevel
  /** Links whose fragment (`#team`) is no id. Default: `error`. */
  fragments?: LinkLevel
  /**
   * Patterns of links that are not checked: paths (`/old/**`), fragments (`#line-*`) or full addresses
   * (`https://example.com/**`). Default: none.
   */
  ignore?: string[]
  /**
   * Patterns of paths (`/api/**`) that something else than the app answers: links to them are right, and the
   * app's `fetch()` of them goes to the network. Default: none; the app answers every request to `origin`.
   */
  served?: string[]
}

export type ResolvedLinks = v.InferOutput<typeof linksObject>

const linkLevel = (orElse = '') =>
  v.custom<LinkLevel>(
    (given) => given === 'error' || given === 'warn' || given === false,
    `It may be \`error\`, \`warn\` or \`false\`${orElse}.`,
  )

const linksObject = object<LinkOptions>()({
  missing: v.optional(linkLevel(), 'error'),
  fragments: v.optional(linkLevel(), 'error'),
  ignore: v.optional(
    list(
      text('A pattern starts with `/`, `#` or `https://`: `/old/**`.', (given) =>
        /^(?:\/|#|https?:\/\/)/.test(given),
      ),
      "It must be a list of patterns of links, such as `['/old/**']`.",
    ),
    [],
  ),
  served: v.optional(
    list(
      text('A pattern of paths starts with `/`: `/api/**`.', (given) => given.startsWith('/')),
      "It must be a list of patterns of paths, such as `['/api/**']`.",
    ),
    [],
  ),
})

/** One level for both kinds of broken links, or an object. */
export const linksSchema = v.lazy(
  (given): v.GenericSchema<LinkLevel | LinkOptions, ResolvedLinks> =>
    (isObject(given)
      ? linksObject
      : v.pipe(
          linkLevel(', or an object of options'),
          v.transform((level) => Object.freeze({ missing: level, fragments: level, ignore: [], served: [] })),
        )) as v.GenericSchema<LinkLevel | LinkOptions, ResolvedLinks>,
)
