import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DistillError } from './errors.ts'

/** How a URL without an extension becomes a file: `about/index.html`, `about.html` or `about`. */
export type Layout = 'directory' | 'file' | 'exact'

interface TargetBase {
  /** The address visitors use, where every uploaded file is fetched to verify it. Without it, nothing is verified. */
  publicUrl?: string
  /** A folder inside the target that the site lives in: `blog` never touches `blog2/`. */
  prefix?: string
}

/** Publishes into a folder of this machine, each file written beside and renamed into place. */
export interface DirectoryTarget extends TargetBase {
  backend: 'directory'
  /** The folder, relative to Vite's root. Created when missing. */
  path: string
}

/** Publishes to Amazon S3 or a storage that speaks its protocol. */
export interface S3Target extends TargetBase {
  backend: 's3'
  bucket: string
  /** Default: what the SDK finds in `AWS_REGION` or the profile; `us-east-1` with an `endpoint`. */
  region?: string
  /** The address of an S3-compatible storage. Default: Amazon's own. */
  endpoint?: string
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Default: true with an `endpoint`. */
  forcePathStyle?: boolean
  /** Better left to the environment (`AWS_ACCESS_KEY_ID`, …) or the SDK's own chain, which is the default. */
  accessKeyId?: string
  secretAccessKey?: string
  sessionToken?: string
}

export type Target = DirectoryTarget | S3Target

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
  /** Which site this is: a target that holds another one is not overwritten. Default: the `name` in package.json. */
  siteId?: string
  assets?: {
    /** Leaves out every directory named `admin`. Default: true. */
    skipAdminDirs?: boolean
    /** More directories to leave out, by name (`drafts`) or by path (`media/raw`). Default: none. */
    skipDirs?: string[]
  }
  /** Pages in flight at a time. Default: 16. */
  concurrency?: number
  /** Milliseconds one page may take. Default: 30,000. */
  timeout?: number
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
  readonly assets: { readonly skipAdminDirs: boolean; readonly skipDirs: readonly string[] }
  readonly concurrency: number
  readonly timeout: number
  readonly publish: Readonly<Record<string, Target>>
}

const entryNames = ['src/entry-server', 'src/server', 'server']
const entryExtensions = ['.ts', '.tsx', '.js', '.jsx', '.mts', '.mjs']

/** Where an option problem is said: the option in backticks, the conflict, the fix. */
const invalid = (message: string, hint?: string) =>
  new DistillError('OPTION_INVALID', message, hint ? { hint } : {})

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
    'siteId',
    'assets',
    'concurrency',
    'timeout',
    'publish',
  ])
  checkNames('`assets`', options.assets ?? {}, ['skipAdminDirs', 'skipDirs'])
  const { layout = 'directory', concurrency = 16, timeout = 30_000, publish = {}, assets = {} } = options
  if (!['directory', 'file', 'exact'].includes(layout)) {
    throw invalid(`\`layout\` is ${show(layout)}`, 'It may be `directory`, `file` or `exact`.')
  }
  checkPositive('concurrency', concurrency)
  checkPositive('timeout', timeout)
  for (const [name, target] of Object.entries(publish)) checkTarget(name, target)

  const outDir = resolve(root, options.outDir ?? 'dist/static')
  if (resolve(root).startsWith(outDir)) {
    throw invalid(
      `\`outDir\` is ${show(options.outDir)}, which holds the app itself`,
      'Give it a folder of its own, such as `dist/static`.',
    )
  }
  return Object.freeze({
    root,
    base,
    entry: options.entry === undefined ? findEntry(root) : resolve(root, options.entry),
    outDir,
    manifestFile: `${outDir}.manifest.jsonl`,
    buildFile: `${outDir}.build.json`,
    stagingDir: `${outDir}.staging`,
    siteId: options.siteId ?? packageName(root),
    layout,
    origin: new URL(checkUrl('origin', options.origin ?? publish.default?.publicUrl ?? 'http://localhost'))
      .origin,
    assets: { skipAdminDirs: assets.skipAdminDirs ?? true, skipDirs: assets.skipDirs ?? [] },
    concurrency,
    timeout,
    publish,
  })
}

const targetNames: Record<Target['backend'], { required: string[]; optional: string[] }> = {
  directory: { required: ['path'], optional: [] },
  s3: {
    required: ['bucket'],
    optional: ['region', 'endpoint', 'forcePathStyle', 'accessKeyId', 'secretAccessKey', 'sessionToken'],
  },
}

function checkTarget(name: string, target: Target): void {
  const where = `\`publish.${name}\``
  if (typeof target !== 'object' || target === null)
    throw invalid(`${where} is ${show(target)}`, 'A target is an object with a `backend`.')
  const names = targetNames[target.backend]
  if (!names) {
    throw invalid(
      `${where} has \`backend\` ${show(target.backend)}`,
      `It may be ${list(Object.keys(targetNames))}.`,
    )
  }
  checkNames(where, target, ['backend', 'publicUrl', 'prefix', ...names.required, ...names.optional])
  for (const key of names.required) {
    const value = (target as unknown as Record<string, unknown>)[key]
    if (typeof value !== 'string' || value === '')
      throw invalid(`${where} needs \`${key}\``, `The \`${target.backend}\` backend cannot do without it.`)
  }
  if (target.publicUrl !== undefined) checkUrl(`publish.${name}.publicUrl`, target.publicUrl)
  if (target.backend === 's3') {
    if (target.endpoint !== undefined) checkUrl(`publish.${name}.endpoint`, target.endpoint)
    if ((target.accessKeyId === undefined) !== (target.secretAccessKey === undefined)) {
      throw invalid(
        `${where} has only one of \`accessKeyId\` and \`secretAccessKey\``,
        'Give both, or neither and let the environment or the AWS profile supply them.',
      )
    }
  }
  if (target.prefix !== undefined && /^\/|\/\/|\\|(^|\/)\.\.?(\/|$)/.test(target.prefix)) {
    throw invalid(
      `${where} has \`prefix\` ${show(target.prefix)}`,
      'A prefix is a path such as `blog` or `sites/blog`.',
    )
  }
}

function checkNames(where: string, given: object, known: string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = known.find((other) => other.toLowerCase() === name.toLowerCase())
    throw invalid(
      `${where} has no option \`${name}\``,
      near ? `Did you mean \`${near}\`?` : `It has ${list(known)}.`,
    )
  }
}

function checkPositive(name: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 1)
    throw invalid(`\`${name}\` is ${show(value)}`, 'It must be a whole number above 0.')
}

function checkUrl(name: string, value: unknown): string {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value)) return value
  throw invalid(
    `\`${name}\` is ${show(value)}`,
    'It must be a full address such as `https://www.example.com/`.',
  )
}

const show = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
const list = (names: string[]) => names.map((name) => `\`${name}\``).join(', ')

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
