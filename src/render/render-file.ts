import { compareKeys, fileUrl } from '../keys.ts'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { hash, randomUUID } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { DistillError } from '../errors.ts'
import { type ManifestFile, countFiles, manifestLines, readManifest } from '../manifest.ts'
import { readAnswer } from './response.ts'
import { editBodies } from './batch-buffer.ts'
import { captureErrors } from '../routes/captured-errors.ts'
import { readEntry, asEntry } from '../routes/entry.ts'
import { createPageTagger, taggingOfSite } from './page-tagger.ts'
import { planOne } from '../routes/pages.ts'
import { redirectPage } from './redirect-page.ts'
import { settings } from '../routes/settings.ts'

export interface RenderedFile {
  /** Path as the app was asked for it, percent-encoded. */
  url: string
  /** Relative to `outDir`. */
  file: string
  /** False where the file already held just that, and was left alone. */
  changed: boolean
}

/** Writes of one site wait for each other, for each rewrites the manifest. */
const last = new Map<string, Promise<unknown>>()

/**
 * Writes one page from a running server, say after its content was edited. The file is replaced whole, and so is
 * its line in the manifest beside `outDir`, so that the site can be published.
 * @param app The app, or an object with it as `default` and its `distillRoutes`
 * @param outDir The site, relative to the current directory: `dist/static`
 * @param route The route's pattern: `/posts/:slug`
 * @param params As an element of `distillParams`: `{ slug: 'first' }`
 * @throws {DistillError} `PARAMS_INVALID`, or `PAGES_FAILED` with the old file left as it was
 */
export function renderFile(
  app: unknown,
  outDir: string,
  route: string,
  params: unknown = null,
): Promise<RenderedFile> {
  const dir = resolve(outDir)
  const turn = (last.get(dir) ?? Promise.resolve()).then(() => write(app, dir, route, params))
  last.set(
    dir,
    turn.catch(() => {}),
  )
  return turn
}

async function write(app: unknown, outDir: string, pattern: string, params: unknown): Promise<RenderedFile> {
  const entry = await readEntry(asEntry(app))
  const route = entry.routes.find((candidate) => candidate.route === pattern)
  if (!route) {
    throw new DistillError('PARAMS_INVALID', `no route \`${pattern}\` of the app is distilled`, {
      hint: 'Export `distillParams` with it, or `distill = true`.',
    })
  }
  if (existsSync(`${outDir}.staging`)) {
    throw new DistillError('BUILD_BUSY', `\`${outDir}\` is being distilled anew`, {
      hint: 'Try again when that is done.',
    })
  }
  const { page, status: accepted } = planOne(route, params, { ...settings(), shadowOf: entry.shadowOf })
  const { url, key } = page
  const origin = 'http://localhost'
  const thrownFor = captureErrors(entry.app, { silent: false })
  const request = new Request(origin + url)
  const response = await entry.fetch(request)
  let answer
  try {
    answer = readAnswer(response, accepted, key, origin)
  } catch (cause) {
    throw new DistillError('PAGES_FAILED', `page \`${url}\`: ${String((cause as Error).message)}`, {
      cause: thrownFor(request) ?? cause,
    })
  }
  const { headers, redirect } = answer
  const bytes = redirect
    ? redirectPage(redirect.to)
    : await tag(outDir, { key, headers }, new Uint8Array(await response.arrayBuffer()))
  const path = join(outDir, key)
  const changed = !(existsSync(path) && Buffer.compare(await readFile(path), bytes) === 0)
  if (changed) await replace(path, bytes, outDir)
  await updateManifest(outDir, {
    key,
    kind: redirect ? 'redirect' : 'page',
    size: bytes.byteLength,
    md5: hash('md5', bytes),
    sha256: hash('sha256', bytes),
    status: response.status,
    headers,
    ...(redirect ? { redirect } : {}),
    route: pattern,
    ...(page.params ? { params: page.params } : {}),
  })
  return { url, file: key, changed }
}

/** As the build did it to the other pages. */
async function tag(
  outDir: string,
  page: Pick<ManifestFile, 'key' | 'headers'>,
  body: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const path = `${outDir}.manifest.jsonl`
  if (!existsSync(path)) return body
  const tagging = await taggingOfSite(await readManifest(path))
  if (!tagging) return body
  const edits = createPageTagger(tagging)(page, body)
  const { bytes, ends } = editBodies({ bytes: body, ends: [body.byteLength] }, [edits])
  return bytes.subarray(0, ends[0])
}

/** Written beside the site, on the same file system, so that a reader finds the old file or the new one. */
async function replace(path: string, bytes: Uint8Array | string, outDir: string): Promise<void> {
  const beside = `${outDir}.${randomUUID()}.tmp`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(beside, bytes)
  await rename(beside, path)
}

async function updateManifest(outDir: string, file: Omit<ManifestFile, 'url'>): Promise<void> {
  const path = `${outDir}.manifest.jsonl`
  if (!existsSync(path)) return
  const { header, files: read } = await readManifest(path)
  const files: ManifestFile[] = [{ ...file, url: fileUrl(file.key, header.base) }]
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
