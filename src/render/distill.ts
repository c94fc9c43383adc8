import { existsSync } from 'node:fs'
import { type ManifestHeader, compareKeys, manifestLines, readManifest } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import { type AppConfig, AppThread } from './app-thread.ts'
import { listAssets } from './assets.ts'
import type { BuildRecord } from './build-record.ts'
import { type Claim, refuseCollisions } from './collisions.ts'
import { describeFailures } from './failures.ts'
import { foreignNotice, inTheWay, listForeign, refuseForeign } from './foreign.ts'
import { assetFile, pageFile } from './manifest-file.ts'
import type { Asset, Plan } from './messages.ts'
import { type RenderedPage, copyAssets, renderPages } from './render.ts'
import { commitStaging, discardStaging, openStaging } from './staging.ts'
import { WriterThread } from './writer-thread.ts'

export interface DistillInput {
  options: ResolvedOptions
  build: Required<BuildRecord>
  /** Environment variables of the app. */
  env: NodeJS.ProcessEnv
  /** Shows no progress. */
  quiet: boolean
}

/** What distilling has done, as plain data. */
export interface DistillResult {
  outDir: string
  pages: number
  redirects: number
  assets: number
  bytes: number
  new: number
  changed: number
  unchanged: number
  removed: number
  /** Milliseconds: all of it, and the part in which pages were rendered. */
  ms: number
  renderMs: number
  /** The slowest first. */
  slowest: { url: string; ms: number }[]
  notices: string[]
  warnings: string[]
}

/** How many slow pages the result names. */
const slowestShown = 5

/**
 * Renders every page of the built app into the site's directory, with the client's assets and the manifest.
 * The site is replaced only when everything has succeeded.
 * @throws {DistillError} with the site and its manifest as they were before
 */
export async function distill({ options, build, env, quiet }: DistillInput): Promise<DistillResult> {
  const began = performance.now()
  const staging = openStaging(options)
  const { entry: _, origin, layout, concurrency, timeout } = options
  const config: AppConfig = { entry: build.server, origin, layout, concurrency, timeout, env }
  const thread = new AppThread(config)
  const writer = new WriterThread({ outDir: options.outDir, staging })
  try {
    const assets = listAssets(build.client, options)
    const plan = await thread.plan()
    refuseCollisions(claims(plan, assets))

    const renderBegan = performance.now()
    const copied = await copyAssets(assets, writer)
    const progress = createProgress({ label: 'Rendering', total: plan.pages.length, quiet })
    const outcome = await renderPages(
      thread,
      () => new AppThread(config),
      plan,
      writer,
      (n) => progress.tick(n),
    ).finally(() => progress.done())
    if (outcome.failures.length > 0) throw describeFailures(outcome.failures, plan, options.root)

    const renderMs = performance.now() - renderBegan
    const pages = outcome.pages as RenderedPage[]
    const files = [
      ...pages.map((page) => pageFile(page, plan, options)),
      ...assets.map((asset, i) => assetFile(asset, copied[i]!, options)),
    ]
    files.sort((a, b) => compareKeys(a.key, b.key))
    const owned = await previousKeys(options)
    const changes = [...pages, ...copied.map((written, i) => ({ ...written, key: assets[i]!.key }))]
    const current = new Set(files.map(({ key }) => key))
    const foreign = listForeign(options.outDir, owned, current)
    const overwritten = changes
      .filter(({ key, change }) => change === 'changed' && !owned.has(key))
      .map(({ key }) => key)
    refuseForeign([...overwritten, ...inTheWay(foreign, current)], options)
    const orphans = [...owned].filter((key) => !current.has(key))
    const counts = {
      pages: pages.filter(({ redirect }) => !redirect).length,
      assets: assets.length,
      redirects: pages.filter(({ redirect }) => redirect).length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
    }
    const header: ManifestHeader = {
      version: 1,
      siteId: options.siteId,
      base: options.base,
      createdAt: new Date().toISOString(),
      counts,
    }
    commitStaging(options, manifestLines(header, files), orphans)

    return {
      outDir: options.outDir,
      ...counts,
      new: changes.filter(({ change }) => change === 'new').length,
      changed: changes.filter(({ change }) => change === 'changed').length,
      unchanged: changes.filter(({ change }) => change === 'unchanged').length,
      removed: orphans.length,
      ms: performance.now() - began,
      renderMs,
      slowest: slowest(pages, plan),
      notices: [...plan.notices, ...foreignNotice(foreign, options)],
      warnings: outcome.warnings.map(
        ({ index, message }) => `page \`${plan.pages[index]!.url}\`: ${message}`,
      ),
    }
  } catch (error) {
    discardStaging(options)
    throw error
  } finally {
    await Promise.all([thread.close(), writer.end()])
  }
}

/** Every file that the site would have. */
export function* claims(plan: Plan, assets: readonly Asset[]): Generator<Claim, void, undefined> {
  for (const { key } of assets) yield { key, source: () => `the client's file \`${key}\`` }
  for (const { key, url, route } of plan.pages) {
    yield { key, source: () => `page \`${url}\` of route \`${plan.routes[route]!.route}\`` }
  }
}

/** The keys that the last build wrote: only these may be overwritten or removed. */
async function previousKeys({ manifestFile }: ResolvedOptions): Promise<Set<string>> {
  const keys = new Set<string>()
  if (!existsSync(manifestFile)) return keys
  const { files } = await readManifest(manifestFile)
  for await (const { key } of files()) keys.add(key)
  return keys
}

const slowest = (pages: readonly RenderedPage[], plan: Plan) =>
  pages
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, slowestShown)
    .map(({ index, ms }) => ({ url: plan.pages[index]!.url, ms }))
