import { fileUrl } from '../keys.ts'
import type { ManifestFile } from '../manifest.ts'
import type { PageList } from '../routes/types.ts'
import type { Content, Rendered } from './messages.ts'

/** A file of the site without its bytes. */
export type FileEntry = Omit<ManifestFile, 'url' | keyof Content>

/** A file that comes with its bytes: the page of a redirect in the options, a sitemap, what `rendered` emits. */
export interface GeneratedFile extends FileEntry {
  bytes: Uint8Array
}

/** The manifest's entry for a file. */
export function manifestEntry(file: FileEntry, { size, md5, sha256 }: Content, base: string): ManifestFile {
  const { key, kind, hashed, emitted, status, headers, redirect, route, params } = file
  const url = fileUrl(key, base)
  return { key, url, kind, hashed, emitted, size, md5, sha256, status, headers, redirect, route, params }
}

/** A rendered page as the manifest lists it. */
export function pageFile({ index, status, headers, redirect }: Rendered, list: PageList): FileEntry {
  const { key, route, params } = list.pages[index]!
  const kind = redirect ? 'redirect' : 'page'
  return { key, kind, status, headers, redirect, route: list.routes[route]!.route, params }
}
