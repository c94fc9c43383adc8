import { join, resolve } from 'node:path'
import { DistillError, messageOf } from '../errors.ts'
import { type ManifestFile, readHeader, readManifest } from '../manifest.ts'
import { Journal, journalFile } from '../manifest-journal.ts'
import type { DistillOptions, ResolvedOptions } from '../options.ts'
import { type App, asEntry, readEntry } from '../routes/entry.ts'
import { pageOf } from '../routes/pages.ts'
import { parsePattern } from '../routes/pattern.ts'
import { type Settings, settings } from '../routes/settings.ts'
import type { PageList } from '../routes/types.ts'
import { contentOf } from './batch-buffer.ts'
import { type LonePageSettings, renderLonePage } from './lone-page.ts'
import { manifestEntry } from './manifest-entry.ts'
import { type TagPage, createPageTagger, taggingOfSite } from './page-tagger.ts'
import type { Addresses } from './response.ts'
import { writePage } from './site/page-write.ts'
import { writeFailed } from '../staging/write-failed.ts'

export interface RenderFileOptions {
  /** Milliseconds that the page may take. Default: the option of the build. */
  timeout?: number
  /** The function that the build has as its option `transform`. Needed if it has one. */
  transform?: NonNullable<DistillOptions['transform']>
}

export interface RenderedFile {
  /** Path as the app was asked for it, percent-encoded. */
  url: string
  /** Relative to `outDir`. */
  file: string
  /** False if the file already had this content and was left alone. */
  changed: boolean
  /** Only there if `transform` left the page out: the site has no such file then. */
  dropped?: true
}

/** By file, its last write. The writes of one page run in the order of their calls. */
const lastWrite = new Map<string, Promise<unknown>>()

/**
 * Writes one page from a running server, for example after its content was edited. Replaces the page's file in one
 * step, and adds a line to the manifest's journal beside `outDir`, so that the site can be published.
 * @param app The app, or an object with it as `default` and its `distillRoutes`
 * @param outDir The site, relative to the current directory: `dist/static`
 * @param route The route's pattern: `/posts/:slug`
 * @param params As an element of `distillParams`: `{ slug: 'first' }`
 * @throws {DistillError} `NOT_BUILT` without a site, `BUILD_BUSY` while it is built, `PARAMS_INVALID`, `PAGES_FAILED`,
 *   `COLLISION`, `FILES_UNMANAGED`, `PATH_UNSAFE`, `WRITE_FAILED` or `OPTION_INVALID`; the old file then stays as it was
 */
export async function renderFile(
  app: unknown,
  outDir: string,
  route: string,
  params: unknown = null,
  options: RenderFileOptions = {},
): Promise<RenderedFile> {
  const built = settings()
  refuseWithoutTransform(built, options)
  const entry = await readEntry(asEntry(app))
  const { timeout = built.timeout, transform } = options
  const list = listPage(entry, route, params, built)
  return renderListed(entry, resolve(outDir), list, { ...built, timeout, transform })
}

/**
 * Does what {@link renderFile} does, for the page of a URL.
 * @param url Its path without `base`: `/posts/first`
 * @param options Those of the build
 * @throws {DistillError} as {@link renderFile}; `PARAMS_INVALID` for a URL of no route that is distilled
 */
export async function renderUrl(
  app: unknown,
  url: string,
  options: Pick<ResolvedOptions, 'outDir' | 'layout' | 'languages'> & RenderSettings,
): Promise<RenderedFile> {
  const entry = await readEntry(asEntry(app))
  const path = url.replace(/[?#].*$/s, '')
  const route = entry.routes.find(
    (candidate) =>
      parsePattern(candidate.route).matches.test(path) &&
      entry.answeringRoute?.(candidate.route, path) === undefined,
  )
  if (!route) {
    throw new DistillError('PARAMS_INVALID', `no route that is distilled answers \`${url}\``, {
      hint: 'Give the path of a page, without `base`, as `vite-distill urls` lists it.',
    })
  }
  // A route without params has one page, which no URL selects.
  const params = parsePattern(route.route).params.length === 0 ? null : path
  return renderListed(entry, options.outDir, listPage(entry, route.route, params, options), options)
}

async function renderListed(
  entry: App,
  dir: string,
  list: PageList,
  settings: RenderSettings,
): Promise<RenderedFile> {
  const path = join(dir, list.pages[0]!.key)
  const before = lastWrite.get(path)
  const write = (async () => {
    await before?.catch(() => {})
    return renderAndWrite(entry, dir, list, settings)
  })()
  lastWrite.set(path, write)
  try {
    return await write
  } finally {
    if (lastWrite.get(path) === write) lastWrite.delete(path)
  }
}

function refuseWithoutTransform({ transform }: Settings, options: RenderFileOptions): void {
  if (!transform || options.transform) return
  throw new DistillError(
    'OPTION_INVALID',
    '`renderFile()` needs the option `transform`: the build changes its pages with it',
    {
      hint: 'Pass the same function: `renderFile(app, outDir, route, params, { transform })`.',
    },
  )
}

/** The page as a list of one. */
function listPage(
  entry: App,
  pattern: string,
  params: unknown,
  settings: Pick<Settings, 'layout' | 'languages'>,
): PageList {
  const route = entry.routes.find((candidate) => candidate.route === pattern)
  if (!route) {
    throw new DistillError('PARAMS_INVALID', `no route \`${pattern}\` of the app is distilled`, {
      hint: 'Export `distillParams` with it, or `distill = true`.',
    })
  }
  try {
    const { page, status } = pageOf(route, params, { ...settings, answeringRoute: entry.answeringRoute })
    return { routes: [{ route: pattern, status }], pages: [{ ...page, route: 0 }], notices: [], warnings: [] }
  } catch (cause) {
    throw new DistillError('PARAMS_INVALID', `route \`${pattern}\`: ${messageOf(cause)}`, { cause })
  }
}

type RenderSettings = Omit<Addresses, 'base'> & Pick<LonePageSettings, 'timeout' | 'transform'>

async function renderAndWrite(
  entry: App,
  outDir: string,
  list: PageList,
  { origin, requestBase, ...changes }: RenderSettings,
): Promise<RenderedFile> {
  const manifestFile = `${outDir}.manifest.jsonl`
  const { url, key } = list.pages[0]!
  for (;;) {
    const { createdAt, base } = await readHeader(manifestFile)
    const { journal, tagPage } = siteOf(manifestFile, createdAt)
    const rendered = await renderLonePage(entry, list, {
      ...changes,
      addresses: { origin, base, requestBase },
      tagPage: await tagPage,
    })
    const file = rendered && manifestEntry(rendered.file, contentOf(rendered.bytes), base)
    const site = { outDir, manifestFile, journal }
    const changed = await writePage(site, {
      key,
      isSame: isPageOf(list),
      file,
      bytes: rendered?.bytes,
    }).catch((error: unknown) => {
      throw error instanceof DistillError ? error : writeFailed(join(outDir, key), error)
    })
    if (changed !== undefined) return { url, file: key, changed, ...(file ? {} : { dropped: true }) }
  }
}

/** Whether a file of the manifest is this page. Params that are not of the route do not count. */
function isPageOf({ pages, routes }: PageList): (file: ManifestFile) => boolean {
  const { params } = pages[0]!
  const { route } = routes[0]!
  const names = parsePattern(route).params.map(({ name }) => name)
  return (file) => file.route === route && names.every((name) => file.params?.[name] === params?.[name])
}

interface OpenedSite {
  journal: Journal
  tagPage: Promise<TagPage | undefined>
}

/** By manifest, what was read of the site: all of it is read only once after each build. */
const opened = new Map<string, OpenedSite>()

function siteOf(manifestFile: string, createdAt: string): OpenedSite {
  const known = opened.get(manifestFile)
  if (known?.journal.manifest === createdAt) return known
  const site = {
    journal: new Journal(journalFile(manifestFile), createdAt),
    tagPage: readTagging(manifestFile),
  }
  site.tagPage.catch(() => opened.delete(manifestFile))
  opened.set(manifestFile, site)
  return site
}

/** How the build added cache-busting tags to the other pages. */
async function readTagging(manifestFile: string): Promise<TagPage | undefined> {
  const { tagged } = await readHeader(manifestFile)
  const tagging = tagged && (await taggingOfSite(await readManifest(manifestFile)))
  return tagging && createPageTagger(tagging)
}
