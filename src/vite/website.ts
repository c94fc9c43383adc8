import { contentTypeOf } from '../content-type.ts'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { ownKeys, unsafeKey } from '../keys.ts'

export interface WebsiteOptions {
  /** The path the site lives under, as Vite's `base`. Default: `/`. */
  base?: string
  /** The headers of a key (lower-case names). Default: the content type of its extension. */
  headers?: (key: string) => Readonly<Record<string, string>> | undefined
  /** The key that answers, with status 200, where there is no file. Default: none; `404.html` answers. */
  fallback?: string | undefined
  /** Why a file of the site is not in the directory; undefined for a key that the site does not have. */
  elsewhere?: (key: string) => string | undefined
}

/**
 * Serves a directory as a bucket's website endpoint does: `index.html` for directories, a redirect from
 * `/about` to `/about/`, and `404.html` with status 404 for everything else. Serves no file outside the directory.
 */
export function website(
  directory: string,
  { base = '/', headers = () => undefined, fallback, elsewhere = () => undefined }: WebsiteOptions = {},
): (request: Request) => Promise<Response> {
  const root = base.endsWith('/') ? base : `${base}/`

  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Method not allowed\n', { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const { pathname, search } = new URL(request.url)
    if (`${pathname}/` === root) return redirect(root + search)

    const key = pathname.startsWith(root) ? keyOf(pathname.slice(root.length)) : undefined
    if (key !== undefined) {
      const fileKey = key === '' || key.endsWith('/') ? `${key}index.html` : key
      const why = elsewhere(fileKey) ?? elsewhere(`${fileKey}/index.html`)
      if (why !== undefined) return notFound(why)

      const found = await openKey(directory, fileKey)
      if (found) return respond(request, found, fileKey, headers)

      const index = await openKey(directory, `${fileKey}/index.html`)
      await index?.file.close()
      if (index) return redirect(`${pathname}/${search}`)

      const page = fallback === undefined ? undefined : await openKey(directory, fallback)
      if (page) return respond(request, page, fallback!, headers)
    }
    const page = await openKey(directory, '404.html')
    if (page) return respond(request, page, '404.html', headers, 404)
    return notFound('Not found')
  }
}

const notFound = (why: string) =>
  new Response(`${why}\n`, { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } })

const redirect = (location: string) => new Response(null, { status: 302, headers: { location } })

/** The key of a path, or `undefined` if no key can have that name. */
function keyOf(path: string): string | undefined {
  try {
    const key = decodeURIComponent(path)
    return key !== '' && unsafeKey(key.replace(/\/$/, '')) !== undefined ? undefined : key
  } catch {
    return undefined
  }
}

interface FoundFile {
  file: FileHandle
  size: number
  etag: string
}

async function openKey(directory: string, key: string): Promise<FoundFile | undefined> {
  let file: FileHandle | undefined
  try {
    const [home, path] = await Promise.all([realpath(directory), realpath(join(directory, key))])
    const inside = relative(home, path)
    if (isAbsolute(inside) || inside.split(sep).some(isHidden)) return undefined

    file = await open(path)
    const stats = await file.stat()
    if (stats.isFile()) {
      return { file, size: stats.size, etag: `"${stats.size.toString(36)}-${stats.mtimeMs.toString(36)}"` }
    }
  } catch (error) {
    if (!notFoundCodes.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  await file?.close()
  return undefined
}

/** Errors of a path that mean "not found" and not a fault of the server. */
const notFoundCodes = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EINVAL'])

/** Hides the records of publishing. Compared without case, because some file systems ignore it. */
const isHidden = (segment: string) => segment === '..' || `${segment.toLowerCase()}/` === ownKeys

async function respond(
  request: Request,
  { file, size, etag }: FoundFile,
  key: string,
  headersOf: NonNullable<WebsiteOptions['headers']>,
  status = 200,
): Promise<Response> {
  // An ETag and no date: with a date, a browser would guess how long a page stays fresh.
  const headers = new Headers({ 'content-type': contentTypeOf(key), etag, ...headersOf(key) })
  const withoutBody = async (responseStatus: number) => {
    await file.close()
    return new Response(null, { status: responseStatus, headers })
  }
  if (status === 200 && hasTag(request.headers.get('if-none-match'), etag)) return withoutBody(304)
  headers.set('accept-ranges', 'bytes')
  const range = status === 200 ? rangeOf(request, size, etag) : undefined
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${size}`)
    return withoutBody(416)
  }
  headers.set('content-length', String(range ? range.end - range.start + 1 : size))
  if (request.method === 'HEAD') return withoutBody(status)
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${size}`)
  const body = Readable.toWeb(file.createReadStream(range)) as NodeReadableStream<Uint8Array>
  return new Response(body as ReadableStream, { status: range ? 206 : status, headers })
}

/** Whether an `If-None-Match` names the ETag, weak or in a list. */
const hasTag = (condition: string | null, etag: string): boolean =>
  condition?.trim() === '*' || (condition?.match(/"[^"]*"/g)?.includes(etag) ?? false)

/** The bytes that a request asks for, the last one included; `undefined` for all. Several ranges count as all. */
function rangeOf(
  { method, headers }: Request,
  size: number,
  etag: string,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(headers.get('range') ?? '') ?? []
  if (method !== 'GET' || !(first || last)) return undefined
  if ((headers.get('if-range') ?? etag) !== etag) return undefined
  const start = first ? Number(first) : Math.max(size - Number(last), 0)
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1
  // Bytes that end before they begin are no range at all.
  if (first && last && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}
