import { compareKeys, encodeKey } from '../../keys.ts'
import { createHash } from 'node:crypto'
import { isHtmlType } from '../../content-type.ts'
import { storedWith } from '../../backends/targets.ts'
import type { Encoding, TargetOptions } from '../../target-options.ts'
import { encodingByRule } from './encoding.ts'
import { headersByRule } from './headers.ts'
import type { BuiltFile, FileKind, Site } from './site.ts'

/** An object that the target should hold: a file of the site, with the headers and redirect to store. */
export interface DesiredObject extends BuiltFile {
  /** The path of the site's file, where it differs from the key. */
  from?: string
  /** How the content is stored compressed. Size, MD5 and SHA-256 are those of the file. */
  encoding?: Encoding
  /** A hash of all that is stored with the content: the headers, the redirect and the options of the target. */
  headersHash: string
  /** What the target records of the page, for a build that has no last site. */
  readonly page?: string | undefined
  /** A publish of a few pages writes it. */
  loose?: true
}

/** What is stored with the content of an object. */
export const storedWithObject = ({ headers, redirect }: DesiredObject) => ({
  headers,
  redirect: redirect?.to,
})

/** Streams what a target should hold, sorted by key, many at a time. Each call reads the manifest again. */
export type DesiredObjects = () => AsyncGenerator<DesiredObject[], void, undefined>

/** What a target with these options should hold of a site. */
export function desiredObjects(
  { files, header, recorded }: Pick<Site, 'files' | 'recorded'> & { header: Pick<Site['header'], 'base'> },
  target: TargetOptions,
): DesiredObjects {
  const { headers, compress, cleanUrls } = target
  const headersOf = headersByRule(headers)
  const encodingOf = encodingByRule(compress)
  const hashOf = sharedHashes(storedWith(target))
  const toObject = (file: BuiltFile & { from?: string }): DesiredObject => {
    const stored = headersOf(file)
    const encoding = encodingOf(file, stored['content-type'] ?? '')
    const redirect = file.redirect && { ...file.redirect, to: absolute(file) }
    return new SiteObject(file, redirect, encoding, hashOf(stored, encoding, redirect?.to), recorded)
  }
  return async function* () {
    const all = cleanUrls ? withCleanUrls(files, header.base) : files()
    for await (const batch of all) yield batch.map(toObject)
  }
}

/** A class: a first publish may have a million of them in memory, and a literal with a getter takes twice as much. */
class SiteObject implements DesiredObject {
  readonly key: string
  readonly url: string
  readonly kind: FileKind
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly status: number | undefined
  readonly headers: Record<string, string>
  readonly headersHash: string
  readonly redirect: DesiredObject['redirect']
  readonly encoding: Encoding | undefined
  readonly remote: true | undefined
  readonly from: string | undefined
  readonly #recorded: Site['recorded']

  constructor(
    file: BuiltFile & { from?: string },
    redirect: DesiredObject['redirect'],
    encoding: Encoding | undefined,
    { headers, headersHash }: Stored,
    recorded: Site['recorded'],
  ) {
    this.key = file.key
    this.url = file.url
    this.kind = file.kind
    this.size = file.size
    this.md5 = file.md5
    this.sha256 = file.sha256
    this.status = file.status
    this.headers = headers
    this.headersHash = headersHash
    this.redirect = redirect
    this.encoding = encoding
    this.remote = file.remote
    this.from = file.from
    this.#recorded = file.from === undefined ? recorded : undefined
  }

  /** Read each time. */
  get page(): string | undefined {
    return this.#recorded?.pageOf(this.key)
  }
}

/** The target of a redirect as a path or a full address: storages take nothing relative. */
const absolute = ({ redirect, url }: BuiltFile): string => {
  const to = redirect!.to
  if (/^\/(?!\/)|^https?:/.test(to)) return to
  const { origin, href } = new URL(to, new URL(url, 'http://site.invalid'))
  return origin === 'http://site.invalid' ? href.slice(origin.length) : href
}

type Stored = Pick<DesiredObject, 'headers' | 'headersHash'>

/**
 * Makes a function that adds the encoding to headers, and hashes them with the redirect. Equal ones are shared: a site
 * has a few of them, and may have a million files.
 */
function sharedHashes(stored: string | undefined) {
  const seen = new Map<Stored['headers'], Map<string, Stored>>()
  return (given: Stored['headers'], encoding: Encoding | undefined, redirect: string | undefined): Stored => {
    const known = seen.get(given) ?? new Map<string, Stored>()
    seen.set(given, known)
    const rest = encoding || redirect !== undefined ? JSON.stringify([encoding, redirect]) : ''
    let shared = known.get(rest)
    if (!shared) {
      const headers = encoding ? { ...given, 'content-encoding': encoding } : given
      const text = JSON.stringify([Object.entries(headers).sort(), redirect]) + (stored ?? '')
      shared = { headers, headersHash: createHash('sha256').update(text).digest('hex').slice(0, 16) }
      known.set(rest, shared)
    }
    return shared
  }
}

/** The files of a site, and each page a second time under its bare name: `about` for `about/index.html`. */
async function* withCleanUrls(
  files: Site['files'],
  base: string,
): AsyncGenerator<(BuiltFile & { from?: string })[], void, undefined> {
  const copies: (BuiltFile & { from: string })[] = []
  for await (const batch of files()) {
    for (const file of batch) {
      const key = cleanKey(file)
      if (key !== undefined) copies.push({ ...file, key, url: base + encodeKey(key), from: file.key })
    }
  }
  copies.sort((a, b) => compareKeys(a.key, b.key))
  let next = 0
  for await (const batch of files()) {
    const merged: (BuiltFile & { from?: string })[] = []
    for (const file of batch) {
      for (; next < copies.length && compareKeys(copies[next]!.key, file.key) <= 0; next++) {
        const { key } = copies[next]!
        // A file of the site may have that key, or `about.html` and `about/index.html` may share it.
        if (key !== file.key && key !== copies[next - 1]?.key) merged.push(copies[next]!)
      }
      merged.push(file)
    }
    yield merged
  }
}

/** `about` of `about.html` and of `about/index.html`. */
function cleanKey({ key, kind, status, headers }: BuiltFile): string | undefined {
  const isPage = (kind === 'page' && status !== 404) || kind === 'redirect'
  if (!isPage || key === 'index.html' || !isHtmlType(headers['content-type'])) return undefined
  return /^(.+?)(?:\/index)?\.html$/.exec(key)?.[1]
}
