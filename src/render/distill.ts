import { readValues } from '../cdn/record.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { createProgress } from '../progress.ts'
import { AppThread, appConfig } from './app-thread.ts'
import { listAssets } from './assets.ts'
import type { BuildRecord } from './build-record.ts'
import { claims, refuseCollisions } from './collisions.ts'
import { describeFailures } from './failures.ts'
import { foreignNotice } from './foreign.ts'
import {
  type Generated,
  type SiteFile,
  assetFile,
  fileUrl,
  generatedFile,
  pageFile,
} from './manifest-file.ts'
import type { Plan } from './messages.ts'
import { selectPages } from './only.ts'
import { redirectPage } from './redirect.ts'
import { type PlannedRedirect, checkChains, planRedirects } from './redirects.ts'
import { type RenderedPage, renderPages } from './render.ts'
import { readPrevious, settle } from './settle.ts'
import { sitemapFiles } from './sitemap.ts'
import { discardStaging, openStaging } from './staging.ts'
import { pageTagging } from './tagging.ts'
import { dropWarning, pageWarnings } from './warnings.ts'
import { WriterThread, copyAssets, writeGenerated } from './writer-thread.ts'

export interface DistillInput {
  options: ResolvedOptions
  build: Required<BuildRecord>
  /** Environment variables of the app. */
  env: NodeJS.ProcessEnv
  /** Shows no progress. */
  quiet: boolean
  /** Renders only the pages whose URL matches one of these globs (`posts/*`) and keeps the rest of the site as it is. */
  only?: readonly string[]
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
  /** Left out by `transform`. */
  dropped: number
  /** Milliseconds: all of it, and the part in which pages were rendered. */
  ms: number
  renderMs: number
  /** How many pages that was. */
  rendered: number
  /** The slowest first. */
  slowest: { url: string; ms: number }[]
  notices: string[]
  warnings: string[]
}

/** How many slow pages the result names. */
const slowestShown = 5

/**
 * Renders the pages of the built app into the site's directory, with the client's assets and the manifest.
 * The site is replaced only when everything has succeeded.
 * @throws {DistillError} with the site and its manifest as they were before
 */
export async function distill(input: DistillInput): Promise<DistillResult> {
  const { options, build, env, quiet } = input
  const began = performance.now()
  const tagging = pageTagging(build, options)
  const staging = openStaging(options)
  const config = appConfig(options, build, env, tagging)
  const thread = new AppThread(config)
  const writer = new WriterThread({ outDir: options.outDir, staging })
  try {
    const previous = await readPrevious(options, input.only !== undefined)
    const assets = listAssets(build, options)
    const [whole, redirects] = await Promise.all([thread.plan(), planRedirects(options)])
    refuseCollisions(claims({ plan: whole, assets, redirects, sitemap: options.sitemap }))
    const selection = selectPages(whole, previous, input.only)
    const { plan } = selection

    const renderBegan = performance.now()
    const progress = createProgress({ label: 'Rendering', total: plan.pages.length, quiet })
    const outcome = await renderPages({
      first: thread,
      spawn: () => new AppThread(config),
      workers: options.workers,
      plan,
      writer,
      transform: options.transform,
      tagging,
      tick: (n) => progress.tick(n),
    }).finally(() => progress.done())
    if (outcome.failures.length > 0) throw describeFailures(outcome.failures, plan, options.root)
    const renderMs = performance.now() - renderBegan

    const pages = outcome.pages.filter((page) => page !== undefined)
    const chainWarnings = checkChains(redirectsByKey(redirects, pages, plan), options)
    const others = selection.partial ? [] : await writeOthers(redirects, pages, plan, options, writer)
    const copied = selection.partial ? [] : await copyAssets(assets, writer)
    const files = [
      ...pages.map((page) => pageFile(page, plan, options)),
      ...others,
      ...copied.map((written, i) => assetFile(assets[i]!, written, options)),
    ]
    const settled = settle([...files, ...selection.kept], previous, options, readValues(build)?.tag)
    const count = (change: SiteFile['change']) => files.filter((file) => file.change === change).length
    return {
      outDir: options.outDir,
      ...settled.counts,
      new: count('new'),
      changed: count('changed'),
      unchanged: count('unchanged') + selection.kept.length,
      removed: settled.removed,
      dropped: outcome.dropped,
      ms: performance.now() - began,
      renderMs,
      rendered: pages.length,
      slowest: slowest(pages, plan),
      notices: [...plan.notices, ...foreignNotice(settled.foreign, options)],
      warnings: [
        ...pageWarnings(pages, plan.pages),
        ...chainWarnings,
        ...dropWarning(settled.counts.pages, previous.header?.counts.pages),
      ],
    }
  } catch (error) {
    discardStaging(options)
    throw error
  } finally {
    await Promise.all([thread.close(), writer.end()])
  }
}

/** Every redirect of the site by the key that stands for it: those of the options and those that pages answered. */
function redirectsByKey(redirects: readonly PlannedRedirect[], pages: readonly RenderedPage[], plan: Plan) {
  return new Map([
    ...redirects.map(({ key, from, to }) => [key, { to, name: from }] as const),
    ...pages.flatMap(({ index, key, redirect }) =>
      redirect ? [[key, { to: redirect.to, name: plan.pages[index]!.url }] as const] : [],
    ),
  ])
}

/** The files that no route answers. */
async function writeOthers(
  redirects: readonly PlannedRedirect[],
  pages: readonly RenderedPage[],
  plan: Plan,
  options: ResolvedOptions,
  writer: WriterThread,
): Promise<SiteFile[]> {
  const generated: Generated[] = [
    ...redirects.map(({ key, to, status }) => ({ key, bytes: redirectPage(to), redirect: { to, status } })),
    ...(options.sitemap ? sitemap(pages, plan, options) : []),
  ]
  const written = await writeGenerated(generated, writer)
  return generated.map((file, i) => generatedFile(file, written[i]!, options))
}

function sitemap(pages: readonly RenderedPage[], plan: Plan, { origin, base }: ResolvedOptions): Generated[] {
  const listed = pages.filter(
    ({ status, redirect, noindex, doctype }) =>
      status === 200 && !redirect && !noindex && doctype !== undefined,
  )
  const entries = listed.map(({ index, key }) => {
    const lastmod = plan.pages[index]!.params?.lastmod
    return { address: origin + fileUrl(key, base), ...(lastmod === undefined ? {} : { lastmod }) }
  })
  const files = sitemapFiles(entries, origin + base)
  const taken = new Set(plan.pages.map(({ key }) => key))
  for (const { key } of files) {
    // Only now is it known how many parts there are.
    if (taken.has(key))
      throw new DistillError('COLLISION', `\`${key}\` would be written by a page and by \`sitemap\``)
  }
  return files.map(({ key, text }) => ({ key, bytes: Buffer.from(text) }))
}

const slowest = (pages: readonly RenderedPage[], plan: Plan) =>
  pages
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, slowestShown)
    .map(({ index, ms }) => ({ url: plan.pages[index]!.url, ms }))
