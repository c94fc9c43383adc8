import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DistillOptions, ResolvedOptions } from '../../../src/options.ts'
import type { DistillInput, DistillResult } from '../../../src/render/distill.ts'
import type { PlanInput, PlanResult } from '../../../src/render/shards/plan.ts'
import type { ShardResult } from '../../../src/render/shards/render-shard.ts'
import type { Shard } from '../../../src/render/shards/shard.ts'
import { repository } from '../../app.ts'

const dist = (path: string) => pathToFileURL(join(repository, 'dist', path)).href

/** The built package: the threads of `src` are not compiled. */
const { distill } = (await import(
  dist('render/distill.js')
)) as typeof import('../../../src/render/distill.ts')
const { planPages } = (await import(
  dist('render/shards/plan.js')
)) as typeof import('../../../src/render/shards/plan.ts')
const { renderShard } = (await import(
  dist('render/shards/render-shard.js')
)) as typeof import('../../../src/render/shards/render-shard.ts')
const { mergeShards } = (await import(
  dist('render/shards/merge.js')
)) as typeof import('../../../src/render/shards/merge.ts')
const { publishedSite } = (await import(
  dist('vite/published.js')
)) as typeof import('../../../src/vite/published.ts')
const { resolveOptions } = (await import(dist('options.js'))) as typeof import('../../../src/options.ts')
const { renderFile } = (await import(dist('app/index.js'))) as typeof import('../../../src/app/index.ts')

/** What a run has done, or the code and the message of its error. */
export type Outcome<Result = DistillResult> = { result: Result } | { code: string; message: string }

/** What {@link BuiltSite} is told besides the options. */
type Run = Pick<DistillInput, 'only' | 'force' | 'verify'>

/**
 * A built app, of a bundle that nothing has to build, and its site. The app reads its content from a file, so that an
 * edit of the content changes no code.
 */
export class BuiltSite<Content> {
  /** Where the app finds its content. */
  static readonly contentUrl = "new URL('../content.json', import.meta.url)"
  content: Content
  /** Of the server bundle. */
  source: string
  options: DistillOptions = {}
  base = '/'
  env: NodeJS.ProcessEnv = process.env
  readonly dir: string
  #written = 0

  private constructor(dir: string, content: Content, source: string) {
    this.dir = dir
    this.content = content
    this.source = source
  }

  static async create<Content>(content: Content, source: string): Promise<BuiltSite<Content>> {
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'vite-distill-built-')))
    const site = new BuiltSite(dir, content, source)
    for (const folder of ['server', 'client', 'dist']) await mkdir(join(dir, folder))
    await symlink(join(repository, 'node_modules'), join(dir, 'node_modules'))
    await writeFile(join(dir, 'package.json'), '{ "name": "built", "type": "module" }')
    await writeFile(join(dir, 'client/logo.txt'), 'an asset')
    await site.save()
    return site
  }

  get outDir(): string {
    return join(this.dir, 'dist/static')
  }

  /** Writes content and code where the app reads them. */
  async save(): Promise<void> {
    await writeFile(join(this.dir, 'content.json'), JSON.stringify(this.content))
    await writeFile(this.#entry, this.source)
  }

  get #entry(): string {
    return join(this.dir, 'server/entry.js')
  }

  /** No page is audited by default, because that is chosen at random. */
  #input(more: DistillOptions) {
    const outDir = join(this.dir, 'dist/static')
    return {
      // The redirects of random edits lead to pages that may be gone.
      options: { workers: 1, links: 'warn' as const, cache: { audit: 0 }, ...this.options, outDir, ...more },
      place: { root: this.dir, base: this.base },
      build: { client: join(this.dir, 'client'), server: this.#entry, serverDir: join(this.dir, 'server') },
      sources: { configFiles: [], envNames: [] },
      quiet: true,
    }
  }

  /** Distils as a build does, with these options besides those of the site. */
  async distill({ only, force, verify, ...more }: Run & DistillOptions = {}): Promise<Outcome> {
    const app = this.#app(more)
    const published = publishedSite(app.options)
    return outcomeOf(() => distill({ ...app, only, force, verify, published }))
  }

  /** The options that a run has, with every default. */
  resolved(more: DistillOptions = {}): ResolvedOptions {
    return this.#app(more).options
  }

  /** Removes the site and all that is beside it, as in a fresh checkout with the same bundle. */
  async checkOut(): Promise<void> {
    await rm(join(this.dir, 'dist'), { recursive: true })
    await mkdir(join(this.dir, 'dist'))
  }

  #app(more: DistillOptions) {
    const { options, place, ...input } = this.#input(more)
    return { ...input, env: this.env, options: resolveOptions(options, place) }
  }

  /** Writes the plan of a build in shards. */
  plan({ force, ...more }: Pick<PlanInput, 'force'> & DistillOptions = {}): Promise<Outcome<PlanResult>> {
    return outcomeOf(() => planPages({ ...this.#app(more), force }))
  }

  /** Renders one shard of the plan. */
  shard(index: number, of: number, more: DistillOptions = {}): Promise<Outcome<ShardResult>> {
    return outcomeOf(() => renderShard({ ...this.#app(more), shard: { index, of } }))
  }

  /** Renders all shards of the plan, two at a time. */
  async shards(of: number, more: DistillOptions = {}): Promise<Outcome<ShardResult>[]> {
    const done: Outcome<ShardResult>[] = []
    let next = 0
    const render = async () => {
      while (next < of) {
        const index = next++
        done[index] = await this.shard(index + 1, of, more)
      }
    }
    await Promise.all([render(), render()])
    return done
  }

  /** Merges the shards of the plan. */
  merge({ files, ...more }: { files?: readonly string[] } & DistillOptions = {}): Promise<Outcome> {
    return outcomeOf(() => mergeShards({ ...this.#app(more), files }))
  }

  /** Plans, renders all shards and merges them, as `distill` does on one machine. */
  async distillSharded(of: number, run: Pick<PlanInput, 'force'> & DistillOptions = {}): Promise<Outcome> {
    const { force: _, ...more } = run
    const plan = await this.plan(run)
    if ('code' in plan) return plan
    for (const shard of await this.shards(of, more))
      if ('code' in shard && shard.code !== 'PAGES_FAILED') return shard
    return this.merge(more)
  }

  /**
   * Distils in a process of its own.
   * @param env What kills it: `FAULT` of `fault.mjs`, or `KILL` of the app
   * @param step What it does
   * @returns The signal that ended it, or its exit code
   */
  async distillKilled(
    env: Record<string, string>,
    step: { step: 'distill' | 'plan' | 'merge' } | { step: 'shard'; shard: Shard } = { step: 'distill' },
  ): Promise<string | number | null> {
    const fault = pathToFileURL(join(repository, 'test/staging/fault.mjs')).href
    const child = spawn(
      process.execPath,
      [
        '--import',
        fault,
        join(import.meta.dirname, 'distill-child.mjs'),
        JSON.stringify({ ...this.#input({}), ...step }),
      ],
      { env: { ...process.env, ...env }, stdio: 'ignore' },
    )
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return signal ?? code
  }

  /** Writes one page into the site, as a server does after an edit. */
  async renderFile(route: string, params: unknown): Promise<void> {
    const { layout = 'directory', languages = [], origin = 'http://localhost', transform } = this.options
    const shared = { layout, languages, origin, requestBase: false, timeout: 30_000 }
    Object.assign(globalThis, {
      __VITE_DISTILL_SETTINGS__: { ...shared, transform: transform !== undefined },
    })
    const app: unknown = await import(`${pathToFileURL(this.#entry).href}?${this.#written++}`)
    await renderFile(app, this.outDir, route, params, transform ? { transform } : {})
  }

  /** Distils everything into a folder of its own, from nothing. */
  async distillAnew(): Promise<{ outcome: Outcome; outDir: string }> {
    const outDir = join(this.dir, 'anew/static')
    await rm(join(this.dir, 'anew'), { recursive: true, force: true })
    await mkdir(join(this.dir, 'anew'))
    return { outcome: await this.distill({ force: true, outDir }), outDir }
  }

  /** A copy of the site and of all that is beside it, which renders the same pages and keeps none of them. */
  async distillCopy(only: readonly string[]): Promise<{ outcome: Outcome; outDir: string }> {
    const outDir = join(this.dir, 'copy/static')
    await rm(join(this.dir, 'copy'), { recursive: true, force: true })
    await cp(join(this.dir, 'dist'), join(this.dir, 'copy'), { recursive: true, verbatimSymlinks: true })
    return { outcome: await this.distill({ only, force: true, outDir }), outDir }
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }
}

async function outcomeOf<Result>(run: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await run() }
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    if (code === undefined) throw error
    return { code, message }
  }
}

/** What stays beside a site that was made of shards, and the report, which has the times of the build. */
const exchanged = /^\/static\.(?:plan\.jsonl|shard-\d+-of-\d+|report\.html)$/

/** The content of every file of a site and beside it but the plan, its shards and the report, by its path. */
export async function readFiles(outDir: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const folder = join(outDir, '..')
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (exchanged.test(path.slice(folder.length))) continue
    if (entry.isSymbolicLink()) found.set(path.slice(folder.length), 'a link')
    else if (!entry.isDirectory()) found.set(path.slice(folder.length), await readFile(path, 'latin1'))
  }
  return found
}

/** All that a build leaves: each file, and the lines of the manifest and of the record but for their dates. */
export async function readSite(outDir: string): Promise<Map<string, string>> {
  const found = await readFiles(outDir)
  const manifest = found.get('/static.manifest.jsonl')!
  const { createdAt } = JSON.parse(manifest.split('\n')[0]!) as { createdAt: string }
  found.set('/static.manifest.jsonl', manifest.replace(createdAt, ''))
  for (const line of recordLines(found.get('/static.cache.jsonl')!, createdAt)) found.set(line, '')
  found.delete('/static.cache.jsonl')
  return found
}

/** In any order, and without times: pages are recorded as they are done. */
function recordLines(record: string, createdAt: string): string[] {
  const lines = record.trimEnd().split('\n')
  const { sha256, manifest, ...end } = JSON.parse(lines.pop()!) as Record<string, unknown>
  const known = lines.map((line) => {
    const [facts, ...file] = line.split('\t')
    const names = Object.entries({ ...JSON.parse(facts!), ms: undefined } as object).sort(([a], [b]) =>
      a < b ? -1 : 1,
    )
    return [JSON.stringify(names), ...file].join('\t')
  })
  return [
    ...known.map((line, i) => `record: ${line}${known.indexOf(line) < i ? ' (twice)' : ''}`),
    `record: of this manifest: ${manifest === createdAt}, ${typeof sha256}, ${JSON.stringify(end)}`,
  ]
}

/** What two sites differ in, in a few words each. */
export function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  const names = new Set([...a.keys(), ...b.keys()])
  return [...names].filter((name) => a.get(name) !== b.get(name)).map((name) => describe(name, a, b))
}

function describe(name: string, a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string {
  if (!b.has(name)) return `only the first has ${name}`
  if (!a.has(name)) return `only the second has ${name}`
  const [first, second] = [a.get(name)!.split('\n'), b.get(name)!.split('\n')]
  const at = first.findIndex((line, i) => line !== second[i])
  return `${name}, line ${at + 1}: ${first[at]?.slice(0, 300)} / ${second[at]?.slice(0, 300)}`
}
