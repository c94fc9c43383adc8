import { checkNames, checkType, checkUrl, checkWhole, invalid, list, show } from './check-option.ts'

/** What every storage that serves headers keeps with an object and serves again. */
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

/** How content may be stored so that it is sent in fewer bytes. */
export type Encoding = 'br' | 'gzip'

/** Compresses what a pattern matches. */
export interface CompressRule {
  /** Patterns of keys. Default: every text, by its content type. */
  match?: string | string[]
  encoding: Encoding
}

/** How long hashed assets stay in the target once the site no longer has them. */
export interface KeepAssets {
  /** For so many builds published since. Default: 0. */
  deploys?: number
  /** For so many days since. Default: 0. */
  days?: number
}

/** The options that all targets have. */
export interface TargetOptions {
  /** The address visitors use, where every uploaded file is fetched to verify it. Without it, nothing is verified. */
  publicUrl?: string
  /** A folder inside the target that the site lives in: `blog` never touches `blog2/`. */
  prefix?: string
  /**
   * Headers by patterns of keys, such as `posts/**`, in place of the defaults and of what the route
   * said. Every rule that matches applies, a later one over an earlier one.
   */
  headers?: HeaderRule[]
  /**
   * Stores what these rules match compressed, with the right `Content-Encoding`; of several that match, the
   * first. A storage sends every visitor what it holds. Default: nothing.
   */
  compress?: CompressRule[]
  /** Puts the page `/about` under the key `about` too, for storages that know no index documents. Default: false. */
  cleanUrls?: boolean
  /**
   * Hashed assets that left the site stay until both have passed, for open tabs and cached pages.
   * Default: `{ deploys: 3, days: 30 }`; `false` deletes them at once.
   */
  keepAssets?: KeepAssets | false
  /** Milliseconds that the public address may take to answer, and to show what was published. Default: 10,000. */
  verifyTimeout?: number
}

export const targetOptionNames = [
  'publicUrl',
  'prefix',
  'headers',
  'compress',
  'cleanUrls',
  'keepAssets',
  'verifyTimeout',
] satisfies (keyof TargetOptions)[]

/**
 * Checks the options that all targets have.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function checkTargetOptions(name: string, target: TargetOptions): void {
  const at = `publish.${name}`
  const { publicUrl, prefix, headers = [], compress = [], cleanUrls, keepAssets, verifyTimeout } = target
  if (publicUrl !== undefined) checkUrl(`${at}.publicUrl`, publicUrl)
  if (prefix !== undefined && /^\/|\/\/|\\|(^|\/)\.\.?(\/|$)/.test(prefix)) {
    throw invalid(
      `\`${at}\` has \`prefix\` ${show(prefix)}`,
      'A prefix is a path such as `blog` or `sites/blog`.',
    )
  }
  for (const [i, rule] of rulesOf(`${at}.headers`, headers).entries())
    checkHeaders(`\`${at}.headers[${i}]\``, rule)
  for (const [i, rule] of rulesOf(`${at}.compress`, compress).entries())
    checkCompress(`\`${at}.compress[${i}]\``, rule)
  if (cleanUrls !== undefined) checkType(`${at}.cleanUrls`, cleanUrls, 'boolean')
  if (keepAssets !== undefined && keepAssets !== false) {
    checkType(`${at}.keepAssets`, keepAssets, 'object')
    checkNames(`\`${at}.keepAssets\``, keepAssets, ['deploys', 'days'])
    for (const [unit, value] of Object.entries(keepAssets)) checkWhole(`${at}.keepAssets.${unit}`, value, 0)
  }
  if (verifyTimeout !== undefined) checkWhole(`${at}.verifyTimeout`, verifyTimeout, 1)
}

function rulesOf<T extends object>(name: string, rules: T[]): T[] {
  if (Array.isArray(rules) && rules.every((rule) => typeof rule === 'object' && rule !== null)) return rules
  throw invalid(
    `\`${name}\` is ${show(rules)}`,
    "It must be a list of rules such as `{ match: '**/*.pdf', … }`.",
  )
}

function checkHeaders(where: string, { match, ...headers }: HeaderRule): void {
  checkMatch(where, match)
  for (const [name, value] of Object.entries(headers)) {
    if (!(storedHeaders as readonly string[]).includes(name)) {
      throw invalid(
        `${where} has \`${name}\``,
        `Storages serve only ${list(storedHeaders)}, in lower case; any other header has to be added by what is in front of them. For \`content-encoding\` there is \`compress\`, and for \`x-robots-tag\` a page's \`<meta name="robots">\`.`,
      )
    }
    if (typeof value !== 'string' || value === '' || /[^\t\x20-\x7e]/.test(value))
      throw invalid(`${where} has \`${name}\` ${show(value)}`, 'A header is a text in ASCII.')
  }
}

function checkCompress(where: string, rule: CompressRule): void {
  checkNames(where, rule, ['match', 'encoding'])
  if (rule.match !== undefined) checkMatch(where, rule.match)
  if (!['br', 'gzip'].includes(rule.encoding))
    throw invalid(`${where} has \`encoding\` ${show(rule.encoding)}`, 'It may be `br` or `gzip`.')
}

function checkMatch(where: string, match: string | string[]): void {
  const patterns = [match].flat()
  if (patterns.length > 0 && patterns.every((pattern) => typeof pattern === 'string' && pattern !== ''))
    return
  throw invalid(
    `${where} has \`match\` ${show(match)}`,
    'It must be a pattern of keys such as `posts/**`, or a list of them.',
  )
}
