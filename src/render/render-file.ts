import { compareKeys } from '../keys.ts'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { DistillError, messageOf } from '../errors.ts'
import { type ManifestFile, countFiles, manifestLines, readManifest } from '../manifest.ts'
import { type Addresses, type PageResponse, readResponse, requestUrl } from './response.ts'
import { contentOf, editBodies } from './batch-buffer.ts'
import { type FileEntry, manifestEntry } from './manifest-entry.ts'
import type { Content } from './messages.ts'
import { captureErrors } from '../routes/captured-errors.ts'
import { type App, readEntry, asEntry } from '../routes/entry.ts'
import { createPageTagger, taggingOfSite } from './page-tagger.ts'
import { pageOf } from '../routes/pages.ts'
import type { Page } from '../routes/types.ts'
import { redirectPage } from './redirect-page.ts'
import { settings } from '../routes/settings.ts'
import { readBody } from './worker/body.ts'

export interface RenderedFile {
  /** Path as the app was asked for it, percent-encoded. */
  url: string
  /** Relative to `outDir`. */
  file: string
  /** False if the file already had this content and was left alone. */
  changed: boolean
}

/** By site, its last write. Writes of one site run one after the other, because each rewrites the manifest. */
const lastWrite = new Map<string, Promise<unknown>>()

/**
 * Writes one page from a running server, for example after its content was edited. Replaces the page's file in one
 * step, and its line in the manifest beside `outDir`, so that the site can be published.
 * @param app The app, or an object with it as `default` and its `distillRoutes`
 * @param outDir The site, relative to the current directory: `dist/static`
 * @param route The route's pattern: `/posts/:slug`
 * @param params As an element of `distillParams`: `{ slug: 'first' }`
 * @throws {DistillError} `PARAMS_INVALID`, `BUILD_BUSY` or `PAGES_FAILED`; the old file then stays as it was
 */
export function renderFile(
  app: unknown,
  outDir: string,
  route: string,
  params: unknown = null,
): Promise<RenderedFile> {
  const dir = resolve(outDir)
  const write = (lastWrite.get(dir) ?? Promise.resolve()).then(() => renderAndWrite(app, dir, route, params))
  lastWrite.set(
    dir,
    write.catch(() => {}),
  )
  return write
}

async function renderAndWrite(
  app: unknown,
  outDir: string,
  pattern: string,
  params: unknown,
): Promise<RenderedFile> {
  const entry = await readEntry(asEntry(app))
  const route = entry.routes.find((candidate) => candidate.route === pattern)
  if (!route) {
    throw new DistillError('PARAMS_INVALID', `no route \`${pattern}\` of the app is distilled`, {
      hint: 'Export `distillParams` with it, or `distill = true`.',
    })
  }
  if (existsSync(`${outDir}.staging`)) {
    throw new DistillError('BUILD_BUSY', `a build is distilling into \`${outDir}\``, {
      hint: 'Try again when the build is done.',
    })
  }
  const { answeringRoute } = entry
  const { page, status: accepted } = pageOf(route, params, { ...settings(), answeringRoute })
  const base = existsSync(manifestOf(outDir)) ? (await readManifest(manifestOf(outDir))).header.base : '/'
  const addresses = { origin, base, requestBase: settings().requestBase }
  const { status, headers, redirect, body } = await requestPage(entry, page, accepted, addresses)
  const bytes = redirect ? redirectPage(redirect.to) : await addTags(outDir, { key: page.key, headers }, body)
  const path = join(outDir, page.key)
  const changed = !(existsSync(path) && Buffer.compare(await readFile(path), bytes) === 0)
  if (changed) await replace(path, bytes, outDir)
  const { url, key, params: given } = page
  const kind = redirect ? 'redirect' : 'page'
  const file = { key, kind, status, headers, redirect, route: pattern, params: given } as const
  await updateManifest(outDir, file, contentOf(bytes))
  return { url, file: key, changed }
}

const origin = 'http://localhost'
const manifestOf = (outDir: string) => `${outDir}.manifest.jsonl`

async function requestPage(
  entry: App,
  page: Omit<Page, 'route'>,
  accepted: readonly number[],
  addresses: Addresses,
): Promise<PageResponse & { status: number; body: Uint8Array<ArrayBuffer> }> {
  const thrownFor = captureErrors(entry.app, { silent: false })
  const request = new Request(requestUrl(page.url, addresses))
  const response = await entry.fetch(request)
  try {
    const { headers, redirect, warnings } = readResponse(response, accepted, page, addresses)
    const body = redirect ? '' : await readBody(response, page.key, () => new Promise(() => {}), undefined)
    return { status: response.status, headers, redirect, warnings, body: new Uint8Array(Buffer.from(body)) }
  } catch (cause) {
    throw new DistillError('PAGES_FAILED', `page \`${page.url}\`: ${messageOf(cause)}`, {
      cause: thrownFor(request) ?? cause,
    })
  }
}

/** Adds the cache-busting tags that the build added to the other pages. */
async function addTags(
  outDir: string,
  page: Pick<ManifestFile, 'key' | 'headers'>,
  body: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const path = manifestOf(outDir)
  const tagging = existsSync(path) ? await taggingOfSite(await readManifest(path)) : undefined
  if (!tagging) return body
  const edits = createPageTagger(tagging)(page, body)
  const { bytes, ends } = editBodies({ bytes: body, ends: [body.byteLength] }, [edits])
  return bytes.subarray(0, ends[0])
}

/** Writes beside the site, on the same file system, and renames: a reader finds the old file or the new one. */
async function replace(path: string, bytes: Uint8Array | string, outDir: string): Promise<void> {
  const beside = `${outDir}.${randomUUID()}.tmp`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(beside, bytes)
  await rename(beside, path)
}

async function updateManifest(outDir: string, file: FileEntry, content: Content): Promise<void> {
  const path = manifestOf(outDir)
  if (!existsSync(path)) return
  const { header, files: read } = await readManifest(path)
  const files = [manifestEntry(file, content, header.base)]
  for await (const other of read()) if (other.key !== file.key) files.push(other)
  files.sort((a, b) => compareKeys(a.key, b.key))
  await replace(
    path,
    [
      ...manifestLines({ ...header, createdAt: new Date().toISOString(), counts: countFiles(files) }, files),
    ].join(''),
    outDir,
  )
}
