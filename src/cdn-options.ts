import { DistillError, messageOf } from './errors.ts'

/** How files without a hash in their name get a tag in their URL: see docs/cdn.md. */
export interface CdnOptions {
  /**
   * What the tag is. `auto`: the first 14 characters of the git commit, else of the Mercurial commit, else the UTC
   * time. `commit`: the same, with a warning where there is no commit. `time`. `content`: for each file of
   * `public/` the hash of its own content. Anything else: the tag itself, or a function that gives it.
   * Default: `auto`.
   */
  tag?: TagMode | (string & {}) | (() => string)
  /** The name of the query parameter. Default: `tag`. */
  param?: string
  /** Adds the tag to the URLs in distilled HTML pages too, without the app doing anything. Default: false. */
  html?: boolean
}

export type TagMode = (typeof modes)[number]
const modes = ['auto', 'commit', 'time', 'content'] as const

export interface ResolvedCdn {
  readonly tag: NonNullable<CdnOptions['tag']>
  readonly param: string
  readonly html: boolean
  /** Whether the option was given: then there is a tag even if the app does not ask for one. */
  readonly given: boolean
}

/** What may stand in a query as it is, for every server, cache and log on the way. */
const plain = /^[\w.~-]{1,128}$/
const whatIsPlain = 'letters, digits, `-`, `.`, `_` and `~`, at most 128'

const invalid = (message: string, hint: string, cause?: unknown) =>
  new DistillError('OPTION_INVALID', message, { hint, ...(cause === undefined ? {} : { cause }) })

/**
 * Fills in the defaults and checks what was given.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function resolveCdn(options: CdnOptions | undefined): ResolvedCdn {
  const { tag = 'auto', param = 'tag', html = false } = options ?? {}
  if (typeof tag !== 'function') checkTag(tag)
  if (typeof param !== 'string' || !plain.test(param))
    throw invalid(`\`cdn.param\` is ${show(param)}`, `The name of a query parameter is ${whatIsPlain}.`)
  if (typeof html !== 'boolean')
    throw invalid(`\`cdn.html\` is ${show(html)}`, 'It must be `true` or `false`.')
  return { tag, param, html, given: options !== undefined }
}

function checkTag(tag: unknown): void {
  if (typeof tag !== 'string' || !plain.test(tag))
    throw invalid(
      `\`cdn.tag\` is ${show(tag)}`,
      `It may be ${modes.map((mode) => `\`${mode}\``).join(', ')}, a tag of your own (${whatIsPlain}), or a function that gives one.`,
    )
  const near = modes.find((mode) => mode === tag.toLowerCase())
  if (near !== undefined && near !== tag)
    throw invalid(`\`cdn.tag\` is ${show(tag)}`, `Did you mean \`${near}\`?`)
}

/**
 * Asks the user's function for the tag.
 * @throws {DistillError} `OPTION_INVALID` where it throws or gives what no tag can be
 */
export function callTag(give: () => string): string {
  let tag: unknown
  try {
    tag = give()
  } catch (cause) {
    throw invalid(
      `the function \`cdn.tag\` threw: ${messageOf(cause)}`,
      'It must give the tag. `auto` is never without one.',
      cause,
    )
  }
  if (typeof tag === 'string' && plain.test(tag)) return tag
  const promise = tag instanceof Promise
  throw invalid(
    `the function \`cdn.tag\` gave ${promise ? 'a promise' : show(tag)}`,
    promise
      ? 'Await what it needs at the top of the Vite config.'
      : `A tag is ${whatIsPlain} characters; an environment variable that is not set gives none.`,
  )
}

const show = (value: unknown) =>
  value === undefined || typeof value === 'function' || typeof value === 'symbol'
    ? `\`${String(value)}\``
    : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
