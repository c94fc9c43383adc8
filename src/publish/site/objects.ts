import { compareKeys, encodeKey } from '../../keys.ts'
import { createHash } from 'node:crypto'
import type { Encoding, TargetOptions } from '../../target-options.ts'
import { encodingByRule } from './encoding.ts'
import { headersByRule } from './headers.ts'
import type { BuiltFile, Site } from './site.ts'

/** An object that the target is to hold: a file of the site, and all that is stored beside its content. */
export interface SiteFile extends BuiltFile {
  /** The site's file, where its name is not the key. */
  from?: string
  /** How its content is compressed. Size, MD5 and SHA-256 are of the file. */
  encoding?: Encoding
  /** Changes when anything that is stored beside the content does. */
  headersHash: string
}

/** What the target is to hold, sorted by key; reads the manifest once more at each call. */
export type Wanted = () => AsyncGenerator<SiteFile, void, undefined>

/** What a target is to hold of a site, by the target's options. */
export function wantedOf({ files, header }: Site, { headers, compress, cleanUrls }: TargetOptions): Wanted {
  const headersOf = headersByRule(headers)
  const encodingOf = encodingByRule(compress)
  const hashOf = sharedHashes()
  const finish = (file: BuiltFile & { from?: string }): SiteFile => {
    const stored = headersOf(file)
    const encoding = encodingOf(file, stored['content-type'] ?? '')
    const all = encoding ? { ...stored, 'content-encoding': encoding } : stored
    const redirect = file.redirect && { ...file.redirect, to: absolute(file) }
    return { ...file, redirect, ...(encoding && { encoding }), ...hashOf(all, redirect?.to) }
  }
  return async function* () {
    const all = cleanUrls ? withCleanUrls(files, header.base) : files()
    for await (const file of all) yield finish(file)
  }
}

/** A storage's own redirect leads to a path or a full address, never to something relative to its key. */
const absolute = ({ redirect, url }: BuiltFile): string => {
  const to = redirect!.to
  if (/^\/(?!\/)|^https?:/.test(to)) return to
  const { origin, href } = new URL(to, new URL(url, 'http://site.invalid'))
  return origin === 'http://site.invalid' ? href.slice(origin.length) : href
}

/** Most files of a site have one of a few sets of headers; a million files should not hold a million of them. */
function sharedHashes() {
  const seen = new Map<string, Pick<SiteFile, 'headers' | 'headersHash'>>()
  return (headers: Record<string, string>, redirect: string | undefined) => {
    const text = JSON.stringify([Object.entries(headers).sort(), redirect])
    let shared = seen.get(text)
    if (!shared) {
      shared = { headers, headersHash: createHash('sha256').update(text).digest('hex').slice(0, 16) }
      seen.set(text, shared)
    }
    return shared
  }
}

/** The files of a site, and each page a second time under the key that its URL without a `/` at the end asks for. */
async function* withCleanUrls(
  files: Site['files'],
  base: string,
): AsyncGenerator<BuiltFile & { from?: string }, void, undefined> {
  const copies: (BuiltFile & { from: string })[] = []
  for await (const file of files()) {
    const key = cleanKey(file)
    if (key !== undefined) {
      copies.push({
        ...file,
        key,
        url: base + encodeKey(key),
        from: file.key,
      })
    }
  }
  copies.sort((a, b) => compareKeys(a.key, b.key))
  let next = 0
  for await (const file of files()) {
    for (; next < copies.length && compareKeys(copies[next]!.key, file.key) <= 0; next++) {
      const { key } = copies[next]!
      // A file of the site's own has that name, or `about.html` came before `about/index.html`.
      if (key !== file.key && key !== copies[next - 1]?.key) yield copies[next]!
    }
    yield file
  }
}

/** `about` of `about.html` and of `about/index.html`. */
function cleanKey({ key, kind, status, headers }: BuiltFile): string | undefined {
  const isPage = (kind === 'page' && status !== 404) || kind === 'redirect'
  if (!isPage || key === 'index.html' || !/^text\/html\b/.test(headers['content-type'] ?? ''))
    return undefined
  return /^(.+?)(?:\/index)?\.html$/.exec(key)?.[1]
}
