import * as v from 'valibot'
import { boolean, list, object, oneOf, text, url, whole } from './option-schema.ts'
import { type PurgeOption, purgeSchema } from './purge-options.ts'

/** The headers that every storage which serves headers keeps with an object. */
export const storedHeaders = [
  'content-type',
  'cache-control',
  'content-language',
  'content-disposition',
] as const

/** Headers for what a pattern matches: `{ match: 'feeds/**', 'cache-control': 'public, max-age=600' }`. */
export type HeaderRule = { match: string | string[] } & Partial<
  Record<(typeof storedHeaders)[number], string>
>

/** How content may be stored so that fewer bytes are sent. */
export type Encoding = 'br' | 'gzip'

/** Compresses what a pattern matches. */
export interface CompressRule {
  /** Patterns of keys. Default: every text, by its content type. */
  match?: string | string[]
  encoding: Encoding
}

/** How long hashed assets stay in the target after they left the site. */
export interface KeepAssets {
  /** For this many builds published since. Default: 0. */
  deploys?: number
  /** For this many days since. Default: 0. */
  days?: number
}

/** How the public address may differ from what was published. */
export interface VerifyRule {
  /**
   * `exact`: every file must be served byte for byte. `status`: the status is enough, for a CDN that rewrites
   * pages; an old response of a cache then counts as well. Default: `exact`.
   */
  content?: 'exact' | 'status'
  /** Whether `Content-Type` and `Cache-Control` must be those that were stored. Default: true. */
  headers?: boolean
}

/** The options that all targets have. */
export interface TargetOptions {
  /**
   * The address of the site for visitors. Every uploaded file is fetched there to verify it. Default: none, and
   * nothing is verified.
   */
  publicUrl?: string
  /** The folder of the target that the site lives in: `blog` never touches `blog2/`. Default: the whole target. */
  prefix?: string
  /**
   * Headers by patterns of keys, such as `posts/**`, in place of the defaults and of the headers of the page.
   * Every rule that matches applies, a later one over an earlier one.
   */
  headers?: HeaderRule[]
  /**
   * Stores what these rules match compressed, with the right `Content-Encoding`; of several that match, the
   * first applies. A storage sends the same bytes to every visitor. Default: nothing is compressed.
   */
  compress?: CompressRule[]
  /** Puts the page `/about` under the key `about` too, for storages without index documents. Default: false. */
  cleanUrls?: boolean
  /**
   * Hashed assets that left the site stay until both have passed, for open tabs and cached pages.
   * Default: `{ deploys: 3, days: 30 }`; `false` deletes them at once.
   */
  keepAssets?: KeepAssets | false
  /**
   * Keeps, in the target, what a publish overwrites or deletes, so that the last so many releases can be put back
   * with `vite-distill rollback`. Default: 0, which keeps nothing.
   */
  releases?: number
  /** What is compared at the public address. Default: `{ content: 'exact', headers: true }`. */
  verify?: VerifyRule
  /** Milliseconds until the public address must show what was published. Default: 10,000. */
  verifyTimeout?: number
  /**
   * The cache in front of the target: what a publish changes or deletes is purged from it, before it is verified.
   * Needs `publicUrl`. Default: nothing is purged.
   */
  purge?: PurgeOption
}

const mustBePatterns = 'It must be a pattern of keys such as `posts/**`, or a list of them.'
const pattern = text(mustBePatterns)
const patterns = v.pipe(
  list(pattern, mustBePatterns),
  v.nonEmpty('has no patterns\nAdd one, such as `posts/**`.'),
)
const match = v.lazy((given): v.GenericSchema<string | string[]> =>
  Array.isArray(given) ? patterns : pattern,
)

const header = v.optional(
  text('A header is a string of ASCII characters.', (given) => !/[^\t\x20-\x7e]/.test(given)),
)
const mustBeRule = "It must be a rule such as `{ match: '**/*.pdf', … }`."
const mustBeRules = "It must be a list of rules such as `{ match: '**/*.pdf', … }`."

const headerRule = object<HeaderRule>({
  must: mustBeRule,
  unknown: `Storages serve only ${storedHeaders.map((name) => `\`${name}\``).join(', ')}, in lower case; the server in front of them has to add any other header. For \`content-encoding\` there is \`compress\`, and for \`x-robots-tag\` a page's \`<meta name="robots">\`.`,
})({
  match,
  'content-type': header,
  'cache-control': header,
  'content-language': header,
  'content-disposition': header,
})

const compressRule = object<CompressRule>({ must: mustBeRule })({
  match: v.optional(match),
  encoding: oneOf(['br', 'gzip']),
})

const keepAssets = object<KeepAssets>({
  must: 'It must be an object such as `{ deploys: 3, days: 30 }`, or `false`.',
})({ deploys: v.optional(whole(0)), days: v.optional(whole(0)) })

const verifyRule = object<VerifyRule>({
  must: "It must be an object such as `{ content: 'status', headers: false }`.",
})({ content: v.optional(oneOf(['exact', 'status'])), headers: v.optional(boolean()) })

/** The schemas of the options that all targets have. */
export const targetEntries = {
  publicUrl: v.optional(url()),
  prefix: v.optional(
    v.custom<string>(
      (given) => typeof given === 'string' && !/^\/|\/\/|\\|(^|\/)\.\.?(\/|$)/.test(given),
      'A prefix is a path such as `blog` or `sites/blog`.',
    ),
  ),
  headers: v.optional(list(headerRule, mustBeRules)),
  compress: v.optional(list(compressRule, mustBeRules)),
  cleanUrls: v.optional(boolean()),
  keepAssets: v.optional(
    v.lazy((given): v.GenericSchema<KeepAssets | false> => (given === false ? v.literal(false) : keepAssets)),
  ),
  releases: v.optional(whole(0)),
  verify: v.optional(verifyRule),
  verifyTimeout: v.optional(whole(1)),
  purge: v.optional(purgeSchema),
}

/** What the options that all targets have must not be together. */
export const targetRules = [
  {
    at: 'purge' as const,
    isBroken: ({ purge, publicUrl }: TargetOptions) => purge !== undefined && publicUrl === undefined,
    what: 'needs `publicUrl`',
    hint: 'Give the target the address of the site for visitors: what is purged are its URLs.',
  },
]
