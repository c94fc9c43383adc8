import * as v from 'valibot'
import { DistillError, messageOf } from './errors.ts'
import { boolean, object, show, text } from './option-schema.ts'

/** How files without a hash in their name get a tag in their URL: see docs/cdn.md. */
export interface CdnOptions {
  /**
   * What the tag is. `auto`: the first 14 characters of the git commit, else of the Mercurial commit, else the UTC
   * time. `commit`: the same, with a warning where there is no commit. `time`: the UTC time. `content`: for each
   * file of `public/` the hash of its own content. Any other string: the tag itself. A function: what it returns.
   * Default: `auto`.
   */
  tag?: TagMode | (string & {}) | (() => string)
  /** The name of the query parameter. Default: `tag`. */
  param?: string
  /** Adds the tag to the URLs in distilled HTML pages too, without a change to the app. Default: false. */
  html?: boolean
}

type TagMode = (typeof modes)[number]
const modes = ['auto', 'commit', 'time', 'content'] as const

/** What may stand in a query as it is, for every server, cache and log on the way. */
const isPlain = (given: unknown): given is string =>
  typeof given === 'string' && /^[\w.~-]{1,128}$/.test(given)
const whatIsPlain = 'letters, digits, `-`, `.`, `_` and `~`, at most 128'

/** The mode that differs from a tag only by case: `content` for `Content`. */
const modeLike = (tag: unknown) => modes.find((mode) => mode !== tag && mode === String(tag).toLowerCase())

export const cdnSchema = object<CdnOptions>()({
  tag: v.optional(
    v.custom<string | (() => string)>(
      (given) => typeof given === 'function' || (isPlain(given) && modeLike(given) === undefined),
      ({ input }) => {
        const mode = modeLike(input)
        return mode === undefined
          ? `It may be ${modes.map((mode) => `\`${mode}\``).join(', ')}, a tag of your own (${whatIsPlain}), or a function that gives one.`
          : `Did you mean \`${mode}\`?`
      },
    ),
    'auto',
  ),
  param: v.optional(text(`The name of a query parameter is ${whatIsPlain}.`, isPlain), 'tag'),
  html: v.optional(boolean(), false),
})

export interface ResolvedCdn extends Readonly<Required<CdnOptions>> {
  /** Whether the option was given: then there is a tag even if the app does not ask for one. */
  readonly given: boolean
}

/**
 * Calls the user's function for the tag.
 * @throws {DistillError} `OPTION_INVALID` where it throws, or returns what cannot be a tag
 */
export function callTag(give: () => string): string {
  let tag: unknown
  try {
    tag = give()
  } catch (cause) {
    throw new DistillError('OPTION_INVALID', `the function \`cdn.tag\` threw: ${messageOf(cause)}`, {
      hint: 'It must return the tag. `auto` always finds one.',
      cause,
    })
  }
  if (isPlain(tag)) return tag
  throw new DistillError('OPTION_INVALID', `the function \`cdn.tag\` returned ${show(tag)}`, {
    hint:
      tag instanceof Promise
        ? 'Await what it needs at the top of the Vite config.'
        : `A tag is ${whatIsPlain} characters. An environment variable that is not set gives none.`,
  })
}
