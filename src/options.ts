import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import * as v from 'valibot'
import { type Target, targetSchema } from './backends/targets.ts'
import { type CacheOptions, type ResolvedCache, cacheSchema } from './cache-options.ts'
import { type CdnOptions, type ResolvedCdn, cdnSchema } from './cdn-options.ts'
import { DistillError } from './errors.ts'
import { unsafeKey } from './keys.ts'
import { type LinkLevel, type LinkOptions, type ResolvedLinks, linksSchema } from './link-options.ts'
import type { RenderedSite } from './rendered-options.ts'
import {
  boolean,
  func,
  isObject,
  isWhole,
  list,
  map,
  object,
  oneOf,
  parse,
  show,
  text,
  url,
  whole,
} from './option-schema.ts'

/** How a URL without an extension becomes a file: `about/index.html`, `about.html` or `about`. */
export type Layout = 'directory' | 'file' | 'exact'

/** A file that a host reads: see the option `hostFiles`. */
export type HostFile = (typeof hostFiles)[number]
const hostFiles = ['_headers', '_redirects', 'nginx', 'cloudfront-function'] as const

export type {
  AzureTarget,
  CustomTarget,
  DirectoryTarget,
  GcsTarget,
  S3Target,
  Target,
} from './backends/targets.ts'

type MaybePromise<T> = T | Promise<T>

/** Where each old URL, a path without `base`, leads: a path or a full address. The status is 301 by default. */
export type Redirects = Record<string, string | { to: string; status?: 301 | 302 | 303 | 307 | 308 }>

/** A page as `transform` gets it. */
export interface TransformPage {
  /** Its path in the app, percent-encoded and without `base`. */
  url: string
  /** Its file, relative to the site. */
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

/** The result of `transform`. Headers replace those of the same name; `undefined` removes one. */
type TransformResult =
  | { body?: string | Uint8Array; headers?: Record<string, string | undefined> }
  | null
  | undefined
  | void

/** The options of the plugin, `distill({ … })`. All are optional. */
export interface DistillOptions {
  /** The server entry, relative to Vite's root. Default: `src/entry-server.{ts,tsx,js,jsx,mts,mjs}`, or `src/server` or `server` likewise. */
  entry?: string
  /**
   * The folder of the site, relative to Vite's root; the manifest goes beside it. Default: `dist/static`, or `static`
   * in Vite's `build.outDir`.
   */
  outDir?: string
  /** How a URL without an extension becomes a file. Default: `directory`. */
  layout?: Layout
  /** The scheme and host of requests for pages. Default: those of the default target's `publicUrl`, else `http://localhost`. */
  origin?: string
  /** Whether the app is asked for pages with Vite's `base` in front: for frameworks whose router knows it. Default: false. */
  requestBase?: boolean
  /**
   * The languages that fill `:lang`: `['en', 'fr']`. A route with `:lang` is distilled once for each language: its
   * `distillParams` gets `{ lang }`. Other routes are distilled once. Default: none; `:lang` is a param like any other.
   */
  languages?: string[]
  /**
   * Where old URLs lead: `{ '/old': '/new', '/gone': { to: 'https://example.com/', status: 302 } }`, or a function
   * that returns such a map. Default: no redirects.
   */
  redirects?: Redirects | (() => Redirects | Promise<Redirects>)
  /** Writes `sitemap.xml` with the full address of every HTML page that is not `noindex`. Needs `origin`. Default: false. */
  sitemap?: boolean
  /**
   * Writes the template as this file, which the host answers with where the site has no page: `200.html`. The app
   * then renders in the browser. Default: none.
   */
  fallback?: string
  /**
   * Files that tell a host what a folder cannot: redirects with their status, the headers of pages, the 404 page.
   * `_headers` and `_redirects` are files of the site; `nginx` is `<outDir>.nginx.conf`, and `cloudfront-function` is
   * `<outDir>.cloudfront-function.js`. Default: none.
   */
  hostFiles?: HostFile[]
  /**
   * Called for every page before it is written. Returns a new body or more headers, `null` to leave the page
   * out, or nothing to keep it as it is. Default: all pages are kept as they are.
   */
  transform?: (page: TransformPage) => MaybePromise<TransformResult>
  /**
   * Called once in each build, when all pages are rendered and before the site changes. Reads the pages and adds files
   * that are made from the whole site: a feed, a search index. Default: none are added.
   */
  rendered?: (site: RenderedSite) => MaybePromise<void>
  /** The identity of the site: a target that holds another site is not overwritten. Default: the `name` in package.json. */
  siteId?: string
  assets?: {
    /** Puts the files of the client build into the site. Default: true. */
    include?: boolean
    /** Leaves out every directory named `admin`. Default: true. */
    skipAdminDirs?: boolean
    /** More directories to leave out, by name (`drafts`) or by path (`media/raw`). Default: none. */
    skipDirs?: string[]
  }
  /**
   * What a link that leads nowhere does to the build: `error` fails it, `warn` warns, `false` looks at no link. An
   * object says it for each kind. Default: `error`.
   */
  links?: LinkLevel | LinkOptions
  /** Threads that render. Default: `auto`, which starts more than one only where rendering takes longer than that. */
  workers?: 'auto' | number
  /** Pages that each thread renders at a time. Default: 16. */
  concurrency?: number
  /** Milliseconds that one page may take. Default: 30,000. */
  timeout?: number
  /** How many times a page is rendered again that answered 5xx, threw or took too long. Default: 0. */
  retry?: number
  /** Keeps pages with a `cacheKey` that has not changed, instead of rendering them. `false`: all are rendered. Default: `{}`. */
  cache?: false | CacheOptions
  /** Writes `<outDir>.report.html`, a page that shows what the build did. Default: true. */
  report?: boolean
  /** Tags in the URLs of files without a hash in their name: `cdnStatic()` of `vite-distill/cdn`. */
  cdn?: CdnOptions
  /** The targets to publish to, by name. `vite-distill publish` without a name takes `default`. Default: none. */
  publish?: Record<string, Target>
}

/** The options with every default filled in and every path absolute. Frozen, and copied from what the user gave. */
export interface ResolvedOptions {
  readonly root: string
  readonly base: string
  /** Undefined where none was given and no file has one of the usual names. */
  readonly entry: string | undefined
  readonly outDir: string
  /** `<outDir>.manifest.jsonl` */
  readonly manifestFile: string
  /** `<outDir>.cache.jsonl`: what the last build knows of pages that the next one may keep. */
  readonly cacheFile: string
  /** `<outDir>.report.html`: what the last build did, for people to look at. */
  readonly reportFile: string
  /** `<outDir>.plan.jsonl`: the pages that shards render. A shard is beside it: `<outDir>.shard-1-of-4`. */
  readonly planFile: string
  /** `<outDir>.external.json`: what other sites answered to `vite-distill check --external` in the last day. */
  readonly externalFile: string
  /** `<outDir>.build.json`: the outputs of the last client and server builds. */
  readonly buildFile: string
  /** `<outDir>.staging`: holds new files until the last page is rendered. */
  readonly stagingDir: string
  readonly siteId: string
  readonly layout: Layout
  readonly origin: string
  readonly requestBase: boolean
  readonly languages: readonly string[]
  readonly redirects: () => MaybePromise<Redirects>
  readonly sitemap: boolean
  readonly fallback: string | undefined
  readonly hostFiles: readonly HostFile[]
  readonly transform: DistillOptions['transform']
  readonly rendered: DistillOptions['rendered']
  readonly assets: {
    readonly include: boolean
    readonly skipAdminDirs: boolean
    readonly skipDirs: readonly string[]
  }
  readonly links: ResolvedLinks
  /** Addresses of the site's root besides that of `origin`: those of targets, and of a Vite `base` with a host. */
  readonly addresses: readonly string[]
  readonly workers: 'auto' | number
  readonly concurrency: number
  readonly timeout: number
  readonly retry: number
  readonly cache: ResolvedCache
  readonly report: boolean
  readonly cdn: ResolvedCdn
  readonly publish: Readonly<Record<string, Target>>
}

const redirect = object<Exclude<Redirects[string], string>>({
  must: "It must be a path, an address, or `{ to: '/new', status: 302 }`.",
})({
  to: v.string('It must be a path or an address.'),
  status: v.optional(
    v.custom<301 | 302 | 303 | 307 | 308>(Number.isInteger, 'It may be 301, 302, 303, 307 or 308.'),
  ),
})

/** Only types are checked here: URLs and statuses are checked by the build, as those are that a function returns. */
const redirectMap = map(
  v.lazy((given): v.GenericSchema<Redirects[string]> => (typeof given === 'string' ? v.string() : redirect)),
  "It must be a map such as `{ '/old': '/new' }`, or a function that returns one.",
)

/** The options of the plugin, with every default that does not depend on the app. */
export const optionsSchema = object<DistillOptions>()(
  {
    entry: v.optional(text()),
    outDir: v.optional(text(), 'dist/static'),
    layout: v.optional(oneOf(['directory', 'file', 'exact']), 'directory'),
    origin: v.optional(url()),
    requestBase: v.optional(boolean(), false),
    languages: v.optional(
      v.pipe(
        list(
          text('A language is made of letters, digits, `-` and `_`: `pt-BR`.', (given) =>
            /^[\w-]+$/.test(given),
          ),
          "It must be a list of languages, such as `['en', 'pt-BR']`.",
        ),
        v.checkItems((language, i, all) => all.indexOf(language) === i, 'It is in the list already.'),
      ),
      [],
    ),
    redirects: v.optional(
      v.lazy((given): v.GenericSchema<NonNullable<DistillOptions['redirects']>> =>
        typeof given === 'function' ? func<() => MaybePromise<Redirects>>() : redirectMap,
      ),
      {},
    ),
    sitemap: v.optional(boolean(), false),
    fallback: v.optional(
      text(
        'It must be the name of an HTML file, such as `200.html`.',
        (given) => /[^/]\.html$/.test(given) && unsafeKey(given) === undefined,
      ),
    ),
    hostFiles: v.optional(
      list(oneOf(hostFiles), "It must be a list of files for hosts, such as `['_headers', '_redirects']`."),
      [],
    ),
    transform: v.optional(func<NonNullable<DistillOptions['transform']>>()),
    rendered: v.optional(func<NonNullable<DistillOptions['rendered']>>()),
    siteId: v.optional(text()),
    assets: v.optional(
      object<NonNullable<DistillOptions['assets']>>()({
        include: v.optional(boolean(), true),
        skipAdminDirs: v.optional(boolean(), true),
        skipDirs: v.optional(list(text(), "It must be a list of folders, such as `['drafts']`."), []),
      }),
      {},
    ),
    links: v.optional(linksSchema, {}),
    workers: v.optional(
      v.custom<'auto' | number>(
        (given) => given === 'auto' || isWhole(given, 1),
        'It must be `auto`, or a whole number, 1 or more.',
      ),
      'auto',
    ),
    concurrency: v.optional(whole(1), 16),
    timeout: v.optional(whole(1), 30_000),
    retry: v.optional(whole(0), 0),
    cache: v.optional(cacheSchema, {}),
    report: v.optional(boolean(), true),
    cdn: v.optional(cdnSchema, {}),
    publish: v.optional(
      map(targetSchema, "It must be an object of targets: `{ default: { backend: 's3', … } }`."),
      {},
    ),
  },
  [
    {
      at: 'cache',
      isBroken: ({ cache, publish }) =>
        isObject(cache) &&
        typeof cache.from === 'string' &&
        cache.from !== '' &&
        !(isObject(publish) && Object.hasOwn(publish, cache.from)),
      what: 'has `from`, which names no target of `publish`',
      hint: "Give it the name of a target: `cache: { from: 's3-prod' }`.",
    },
    {
      at: 'sitemap',
      isBroken: ({ sitemap, origin, publish }) =>
        sitemap === true && origin === undefined && publish?.default?.publicUrl === undefined,
      what: 'needs `origin`: a sitemap holds full addresses',
      hint: "Add `origin: 'https://www.example.com'`, or a `publicUrl` to the default target.",
    },
  ],
)

const entryNames = ['src/entry-server', 'src/server', 'server']
const entryExtensions = ['.ts', '.tsx', '.js', '.jsx', '.mts', '.mjs']

/**
 * Checks the options and fills in every default.
 * @param vite Of Vite's config. `buildDir`: the folder that holds the builds of client and server
 * @throws {DistillError} `OPTION_INVALID`, with every option that is wrong and what it may be
 */
export function resolveOptions(
  options: DistillOptions,
  { root, base, buildDir = 'dist' }: { root: string; base: string; buildDir?: string },
): ResolvedOptions {
  if (!isObject(options)) {
    throw new DistillError('OPTION_INVALID', `distill() was given ${show(options)}`, {
      hint: 'It takes an object of options, or nothing.',
    })
  }
  const given = parse(optionsSchema, options, 'distill()')
  const { redirects, publish } = given
  const outDir = resolve(root, options.outDir === undefined ? join(buildDir, 'static') : given.outDir)
  if (`${resolve(root)}${sep}`.startsWith(`${outDir}${sep}`)) {
    throw new DistillError(
      'OPTION_INVALID',
      `\`outDir\` is \`${given.outDir}\`, which holds the app itself`,
      { hint: 'Give it a folder of its own, such as `dist/static`.' },
    )
  }
  return Object.freeze({
    ...given,
    fallback: given.fallback,
    root,
    base: basePath(base),
    entry: given.entry === undefined ? findEntry(root) : resolve(root, given.entry),
    outDir,
    manifestFile: `${outDir}.manifest.jsonl`,
    cacheFile: `${outDir}.cache.jsonl`,
    reportFile: `${outDir}.report.html`,
    planFile: `${outDir}.plan.jsonl`,
    externalFile: `${outDir}.external.json`,
    buildFile: `${outDir}.build.json`,
    stagingDir: `${outDir}.staging`,
    siteId: given.siteId ?? packageName(root),
    origin: new URL(given.origin ?? publish.default?.publicUrl ?? 'http://localhost').origin,
    addresses: siteAddresses(base, publish),
    redirects: typeof redirects === 'function' ? redirects : () => redirects,
    cdn: Object.freeze({ ...given.cdn, given: options.cdn !== undefined }),
  })
}

/** Vite's `base` as a path, percent-encoded: it may be a full address, or relative. */
function basePath(base: string): string {
  const path = new URL(base, 'http://localhost').pathname
  return path.endsWith('/') ? path : `${path}/`
}

/** Addresses of the site's root, each with a `/` at its end. */
function siteAddresses(base: string, targets: Readonly<Record<string, Target>>): readonly string[] {
  const given = /^(?:https?:)?\/\//.test(base) ? [new URL(base, 'http://localhost').href] : []
  for (const { publicUrl } of Object.values(targets)) if (publicUrl !== undefined) given.push(publicUrl)
  const addresses = given.map((address) => {
    const { origin, pathname } = new URL(address)
    return origin + (pathname.endsWith('/') ? pathname : `${pathname}/`)
  })
  return Object.freeze([...new Set(addresses)])
}

/** The server entry that is used where the options name none, absolute. */
export function findEntry(root: string): string | undefined {
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
