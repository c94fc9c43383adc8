import { contentTypeOf, htmlType } from '../content-type.ts'
import type { PageList } from '../routes/types.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { fileUrl } from '../keys.ts'
import type { Asset, Rendered, WrittenFile } from './messages.ts'

/** The manifest's entry for a rendered page. */
export function pageEntry(
  { index, status, headers, redirect }: Rendered,
  written: WrittenFile,
  list: PageList,
  { base }: ResolvedOptions,
): ManifestFile {
  const { key, route, params } = list.pages[index]!
  return {
    key,
    url: fileUrl(key, base),
    kind: redirect ? 'redirect' : 'page',
    ...contentOf(written),
    status,
    headers,
    redirect,
    route: list.routes[route]!.route,
    params,
  }
}

/** The manifest's entry for a client asset. */
export function assetEntry(
  { key, hashed }: Asset,
  written: WrittenFile,
  { base }: ResolvedOptions,
): ManifestFile {
  return {
    key,
    url: fileUrl(key, base),
    kind: 'asset',
    hashed: hashed || undefined,
    ...contentOf(written),
    headers: { 'content-type': contentTypeOf(key, htmlType) },
  }
}

/** A file that this package makes: the page of a redirect in the options, or a sitemap. */
export interface GeneratedFile {
  key: string
  bytes: Uint8Array
  redirect?: ManifestFile['redirect']
}

/** The manifest's entry for a generated file. */
export function generatedEntry(
  { key, redirect }: GeneratedFile,
  written: WrittenFile,
  { base }: ResolvedOptions,
): ManifestFile {
  return {
    key,
    url: fileUrl(key, base),
    kind: redirect ? 'redirect' : 'page',
    ...contentOf(written),
    status: redirect?.status ?? 200,
    headers: { 'content-type': redirect ? htmlType : contentTypeOf(key, htmlType) },
    redirect,
  }
}

const contentOf = ({ size, md5, sha256 }: WrittenFile) => ({ size, md5, sha256 })
