import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { type CdnOptions, type ResolvedCdn, resolveCdn } from './cdn-options.ts'
import { checkNames, checkType, checkUrl, checkWhole, invalid, show } from './check-option.ts'
import { checkTarget, type Target } from './backends/targets.ts'

/** How a URL without an extension becomes a file: `about/index.html`, `about.html` or `about`. */
export type Layout = 'directory' | 'file' | 'exact'

export type {
  AzureTarget,
  CustomTarget,
  DirectoryTarget,
  GcsTarget,
  S3Target,
  Target,
} from './backends/targets.ts'

type MaybePromise<T> = T | Promise<T>

/** Where each old URL, a path without `base`, leads: a path, or a full address. The status is 301 unless it is said. */
export type Redirects = Record<string, string | { to: string; status?: 301 | 302 | 303 | 307 | 308 }>

/** A page as `transform` sees it. */
export interface TransformPage {
  /** As the app was asked for it, percent-encoded. */
  url: string
  /** The file it becomes, relative to the site. */
  file: string
  route: string
  params: Readonly<Record<string, string>>
  status: number
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  /** The body as text. */
  text(): string
}

/** What `transform` gives back. Headers replace those of the same name; `undefined` removes one. */
export type TransformResult =
  | { body?: string | Uint8Array; headers?: Record<string, string | undefined> }
  | null
  | undefined
  | void

/** The options of the plugin, `distill({ … })`. All are optional. */
export interface DistillOptions {
  /** The server entry, relative to Vite's root. Default: `src/entry-server.{ts,tsx,js,jsx,mts,mjs}`, or `src/server` or `server` likewise. */
  entry?: string
  /** Where the site goes, relative to Vite's root; the manifest goes beside it. Default: `dist/static`. */
  outDir?: string
  /** How a URL without an extension becomes a file. Default: `directory`. */
  layout?: Layout
  /** The scheme and host that pages are requested under. Default: the default target's `publicUrl`, else `http://localhost`. */
  origin?: string
  /**
   * The languages that fill `:lang`: `['en', 'fr']`. A route that has it is distilled once for each, its
   * `distillParams` called with `{ lang }`; other routes once. Default: none, `:lang` is a param like any other.
   */
  languages?: string[]
  /** Where old URLs lead: `{ '/old': '/new', '/gone': { to: 'https://example.com/', status: 302 } }`, or a function that gives such a map. */
  redirects?: Redirects | (() => Redirects | Promise<Redirects>)
  /** Writes `sitemap.xml`, with the full address of every HTML page that is not `noindex`. Needs `origin`. Default: false. */
  sitemap?: boolean
  /**
   * Looks at every page before it is written: gives back a new body or more headers, `null` to leave the page
   * out, or nothing to keep it as it is.
   */
  transform?: (page: TransformPage) => MaybePromise<TransformResult>
  /** Which site this is: a target that holds another one is not overwritten. Default: the `name` in package.json. */
  siteId?: string
  assets?: {
    /** Puts the files of the client build into the site. Default: true. */
    include?: boolean
    /** Leaves out every directory named `admin`. Default: true. */
    skipAdminDirs?: boolean
    /** More directories to leave out, by name (`drafts`) or by path (`media/raw`). Default: none. */
    skipDirs?: string[]
  }
  /** Threads that render. Default: `auto`, which starts more than one only where pages cost enough to make up for it. */
  workers?: 'auto' | number
  /** Pages in flight at a time, in each thread. Default: 16. */
  concurrency?: number
  /** Milliseconds one page may take. Default: 30,000. */
  timeout?: number
  /** How often a page is tried again that answered 5xx, threw or took too long. Default: 0. */
  retry?: number
  /** Tags in the URLs of files without a hash in their name: `cdnStatic()` of `vite-distill/cdn`. */
  cdn?: CdnOptions
  /** Where to publish to, by name; `default` is what `vite-distill publish` takes without one. */
  publish?: Record<string, Target>
}

/** The options with every default filled in and every path absolute. */
export interface ResolvedOptions {
  readonly root: string
  readonly base: string
  /** Undefined when none was given and none of the usual names exists. */
  readonly entry: string | undefined
  readonly outDir: string
  /** `<outDir>.manifest.jsonl` */
  readonly manifestFile: string
  /** `<outDir>.build.json`: where the last client and server builds went. */
  readonly buildFile: string
  /** `<outDir>.staging`: new files wait here until the last page has rendered. */
  readonly stagingDir: string
  readonly siteId: string
  readonly layout: Layout
  readonly origin: string
  readonly languages: readonly string[]
  readonly redirects: () => MaybePromise<Redirects>
  readonly sitemap: boolean
  readonly transform: DistillOptions['transform']
  readonly assets: {
    readonly include: boolean
    readonly skipAdminDirs: boolean
    readonly skipDirs: readonly string[]
  }
  readonly workers: 'auto' | number
  readonly concurrency: number
  readonly timeout: number
  readonly retry: number
  readonly cdn: ResolvedCdn
  readonly publish: Readonly<Record<string, Target>>
}

const entryNames = ['src/entry-server', 'src/server', 'server']
const entryExtensions = ['.ts', '.tsx', '.js', '.jsx', '.mts', '.mjs']

/**
 * Fills in every default and checks what was given.
 * @throws {DistillError} `OPTION_INVALID`, naming the option and what it may be
 */
export function resolveOptions(
  options: DistillOptions,
  { root, base }: { root: string; base: string },
): ResolvedOptions {
  checkNames('distill()', options, [
    'entry',
    'outDir',
    'layout',
    'origin',
    'languages',
    'redirects',
    'sitemap',
    'transform',
    'siteId',
    'assets',
    'workers',
    'concurrency',
    'timeout',
    'retry',
    'cdn',
    'publish',
  ])
  checkNames('`assets`', options.assets ?? {}, ['include', 'skipAdminDirs', 'skipDirs'])
  if (options.cdn !== undefined) checkType('cdn', options.cdn, 'object')
  checkNames('`cdn`', options.cdn ?? {}, ['tag', 'param', 'html'])
  const { layout = 'directory', languages = [], redirects = {}, sitemap = false, transform } = options
  const {
    workers = 'auto',
    concurrency = 16,
    timeout = 30_000,
    retry = 0,
    publish = {},
    assets = {},
  } = options
  if (!['directory', 'file', 'exact'].includes(layout)) {
    throw invalid(`\`layout\` is ${show(layout)}`, 'It may be `directory`, `file` or `exact`.')
  }
  if (workers !== 'auto') checkWhole('workers', workers, 1)
  checkWhole('concurrency', concurrency, 1)
  checkWhole('timeout', timeout, 1)
  checkWhole('retry', retry, 0)
  checkLanguages(languages)
  checkType('sitemap', sitemap, 'boolean')
  if (transform !== undefined) checkType('transform', transform, 'function')
  if (typeof redirects !== 'function') checkType('redirects', redirects, 'object')
  for (const [name, target] of Object.entries(publish)) checkTarget(name, target)
  const origin = options.origin ?? publish.default?.publicUrl
  if (sitemap && origin === undefined) {
    throw invalid(
      '`sitemap` needs `origin`: a sitemap holds full addresses',
      "Add `origin: 'https://www.example.com'`, or a `publicUrl` to the default target.",
    )
  }

  const outDir = resolve(root, options.outDir ?? 'dist/static')
  if (`${resolve(root)}${sep}`.startsWith(`${outDir}${sep}`)) {
    throw invalid(
      `\`outDir\` is ${show(options.outDir)}, which holds the app itself`,
      'Give it a folder of its own, such as `dist/static`.',
    )
  }
  return Object.freeze({
    root,
    base: basePath(base),
    entry: options.entry === undefined ? findEntry(root) : resolve(root, options.entry),
    outDir,
    manifestFile: `${outDir}.manifest.jsonl`,
    buildFile: `${outDir}.build.json`,
    stagingDir: `${outDir}.staging`,
    siteId: options.siteId ?? packageName(root),
    layout,
    origin: new URL(checkUrl('origin', origin ?? 'http://localhost')).origin,
    languages,
    redirects: typeof redirects === 'function' ? redirects : () => redirects,
    sitemap,
    transform,
    assets: {
      include: assets.include ?? true,
      skipAdminDirs: assets.skipAdminDirs ?? true,
      skipDirs: assets.skipDirs ?? [],
    },
    workers,
    concurrency,
    timeout,
    retry,
    cdn: resolveCdn(options.cdn),
    publish,
  })
}

/** Vite's `base` as a path: it may be a full address, or relative. */
function basePath(base: string): string {
  const path = URL.canParse(base) ? new URL(base).pathname : base.replace(/^\.?\/?/, '/')
  return path.endsWith('/') ? path : `${path}/`
}

function checkLanguages(languages: unknown): void {
  const usable = (language: unknown) => typeof language === 'string' && /^[\w-]+$/.test(language)
  if (Array.isArray(languages) && languages.every(usable) && new Set(languages).size === languages.length)
    return
  throw invalid(
    `\`languages\` is ${show(languages)}`,
    "It must be a list of different languages, such as `['en', 'pt-BR']`.",
  )
}

function findEntry(root: string): string | undefined {
  for (const name of entryNames) {
    for (const extension of entryExtensions) {
      const path = join(root, name + extension)
      if (existsSync(path)) return path
    }
  }
  return undefined
}

function packageName(root: string): string {
  for (let dir = root; ; dir = dirname(dir)) {
    const path = join(dir, 'package.json')
    if (existsSync(path)) {
      const { name } = JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown }
      return typeof name === 'string' && name !== '' ? name : basename(dir)
    }
    if (dirname(dir) === dir) return basename(root)
  }
}
