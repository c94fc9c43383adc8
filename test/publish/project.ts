import { compareKeys } from '../../src/keys.ts'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, type Options } from 'execa'
import type { ManifestFile } from '../../src/manifest.ts'
import { resolveOptions, type DistillOptions, type Target } from '../../src/options.ts'
import { DistillError, describeError } from '../../src/errors.ts'
import type { PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import type { PublishResult } from '../../src/publish/result.ts'
import { keepSecret, lookAt, lookBelow } from './secrets.ts'

const bin = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))

/** A file of a site: its content, or its content and more of its manifest line. */
export type Content = string | ({ content: string | Uint8Array } & Partial<ManifestFile>)

/** A folder with a Vite config and a built site, and the command that publishes it. */
export class Project {
  readonly home = mkdtempSync(join(tmpdir(), 'publish-'))
  readonly root = join(this.home, 'app')
  readonly siteDir = join(this.root, 'dist/static')
  /** Where the target `default` publishes to. */
  readonly www = join(this.home, 'www')
  #options: DistillOptions

  constructor({
    targets,
    ...options
  }: Omit<DistillOptions, 'publish'> & { targets?: Record<string, Target> } = {}) {
    mkdirSync(this.root)
    lookBelow(this.home)
    this.#options = { siteId: 'test', ...options }
    this.targets(targets ?? { default: { backend: 'directory', path: '../www' } })
  }

  /** Writes the Vite config. By default, assets are deleted at once, and verification takes a second at most. */
  targets(targets: Record<string, Target>): void {
    keepSecret(targets)
    const publish = Object.fromEntries(
      Object.entries(targets).map(([name, target]) => [
        name,
        { keepAssets: false, verifyTimeout: 1000, ...target } as const,
      ]),
    )
    this.#options = { ...this.#options, publish }
    // The command reads only this of the plugin.
    const plugin = { name: 'vite-distill', api: { options: this.#options } }
    this.write('vite.config.mjs', `export default { plugins: [${JSON.stringify(plugin)}] }`)
  }

  /** The options of the Vite config, and the folder that it is in. */
  get given() {
    return { ...this.#options, root: this.root }
  }

  get options() {
    return resolveOptions(this.#options, { root: this.root, base: '/' })
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), content)
  }

  /** Writes a site and its manifest as a build does. */
  build(
    site: Record<string, Content>,
    { siteId = 'test', base = '/', createdAt = new Date().toISOString() } = {},
  ): void {
    rmSync(this.siteDir, { recursive: true, force: true })
    mkdirSync(this.siteDir, { recursive: true })
    const files = Object.entries(site).map(([key, content]) => {
      const { content: text, ...more } = typeof content === 'string' ? { content } : content
      this.write(join('dist/static', key), text)
      return { ...describe(key, text, base), ...more }
    })
    files.sort((a, b) => compareKeys(a.key, b.key))
    const count = (kind: string) => files.filter((file) => file.kind === kind).length
    const header = {
      version: 1,
      siteId,
      base,
      createdAt,
      counts: {
        pages: count('page'),
        assets: count('asset'),
        redirects: count('redirect'),
        bytes: files.reduce((sum, { size }) => sum + size, 0),
      },
    } as const
    const lines = [header, ...files].map((line) => `${JSON.stringify(line)}\n`)
    writeFileSync(`${this.siteDir}.manifest.jsonl`, lines.join(''))
  }

  /** Runs the command in the app's folder. */
  run(args: string[], options: Options = {}) {
    const running = execa('node', [bin, ...args], {
      cwd: this.root,
      reject: false,
      stdin: 'ignore',
      ...options,
      env: { NODE_ENV: undefined, NO_COLOR: '1', ...options.env },
    })
    void running.then(({ stdout, stderr }) =>
      lookAt(args.join(' '), () => `${String(stdout)}${String(stderr)}`),
    )
    return running
  }

  /** Does what `publish --json` does, which has to succeed. */
  async publish(...args: string[]): Promise<PublishResult> {
    const flags = flagsOf(args)
    if (flags) return this.#publishHere(args, flags)
    const { exitCode, stdout, stderr } = await this.run(['publish', '--json', ...args])
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${String(stderr)}`)
    return JSON.parse(String(stdout)) as PublishResult
  }

  /** Does what `publish --json` does, which has to fail. */
  async fail(...args: string[]): Promise<Failed> {
    const flags = args.includes('--dry-run') ? undefined : flagsOf(args)
    if (flags) {
      const error = await this.#publishHere(args, flags).catch((error: unknown) => error)
      if (!(error instanceof DistillError)) throw error
      const { exitCode, code, message, hint } = error
      lookAt(args.join(' '), () => describeError(error))
      return { exitCode, code, message, hint }
    }
    const { exitCode, stdout, stderr } = await this.run(['publish', '--json', ...args])
    const { error } = JSON.parse(String(stdout)) as { error: Pick<Failed, 'code' | 'message' | 'hint'> }
    return { exitCode, stderr: String(stderr), ...error }
  }

  /** Without a process of its own, which takes longer to start than most publishes take. */
  async #publishHere(args: readonly string[], flags: PublishFlags): Promise<PublishResult> {
    const result = JSON.stringify(await publish(this.options, undefined, flags))
    lookAt(args.join(' '), () => result)
    return JSON.parse(result) as PublishResult
  }

  /** What the target `default` holds, without the state and the lock. */
  published(folder = this.www): Record<string, string> {
    return Object.fromEntries(
      Object.entries(contents(folder)).filter(([key]) => !key.startsWith('.vite-distill/')),
    )
  }

  /** Another project with the same config and site. */
  copy(): Project {
    const other = new Project()
    cpSync(this.root, other.root, { recursive: true, preserveTimestamps: true })
    return other
  }
}

interface Failed {
  exitCode: number | undefined
  code: string
  message: string
  hint?: string | undefined
  /** Of a process, where one was started. */
  stderr?: string
}

/** The flags that arguments of the command stand for; undefined for others, which only the command reads. */
function flagsOf(args: readonly string[]): PublishFlags | undefined {
  const flags: Record<string, unknown> = {}
  const only: string[] = []
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.replace(/^--/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    if (switches.has(name)) flags[name] = true
    else if (name === 'verify') flags.verify = args[++i]
    else if (name === 'maxDeletes') flags.maxDeletes = Number(args[++i])
    else if (name === 'only') only.push(args[++i]!)
    else return undefined
  }
  return only.length > 0 ? { ...flags, only } : flags
}

const switches = new Set([
  'yes',
  'dryRun',
  'skipVerify',
  'adopt',
  'allowOlder',
  'ignoreRemoteContent',
  'excludeAssets',
])

const types: Record<string, string> = {
  html: 'text/html;charset=utf-8',
  js: 'text/javascript;charset=utf-8',
  css: 'text/css;charset=utf-8',
  png: 'image/png',
}

function describe(key: string, text: string | Uint8Array, base: string): ManifestFile {
  const page = key.endsWith('.html')
  const path = key.replace(/(^|\/)index\.html$/, '$1')
  return {
    key,
    url: base + path.split('/').map(encodeURIComponent).join('/'),
    kind: page ? 'page' : 'asset',
    ...(/-[\w-]{8}\.\w+$/.test(key) && { hashed: true as const }),
    size: Buffer.byteLength(text),
    md5: createHash('md5').update(text).digest('hex'),
    sha256: createHash('sha256').update(text).digest('hex'),
    ...(page && { status: key === '404.html' ? 404 : 200 }),
    headers: { 'content-type': types[key.split('.').at(-1)!] ?? 'application/octet-stream' },
  }
}

/** Every file below a folder, by its key. */
export function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const)
      .sort(([a], [b]) => compareKeys(a, b)),
  )
}

/** A small site: pages that name their assets, a hashed one, one that isn't, and a page for the status 404. */
export const blog = (version = '1'): Record<string, Content> => ({
  'index.html': page(version, 'home'),
  'about/index.html': page(version, 'about'),
  'posts/hello world & more/index.html': page(version, 'hello'),
  '404.html': page(version, 'lost'),
  [`assets/app-${version.padEnd(8, 'x')}.js`]: `console.log(${version})`,
  'logo.png': `logo ${version}`,
})

const page = (version: string, title: string) =>
  `<script src="/assets/app-${version.padEnd(8, 'x')}.js"></script><img src="/logo.png"><h1>${title} ${version}</h1>`
