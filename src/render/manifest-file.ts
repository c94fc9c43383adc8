import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { contentTypeOf } from './answer.ts'
import type { Asset, Plan, Written } from './messages.ts'
import type { RenderedPage } from './render.ts'

/** A rendered page as the manifest lists it. */
export function pageFile(
  { index, key, status, headers, redirect, size, md5, sha256 }: RenderedPage,
  plan: Plan,
  { base }: ResolvedOptions,
): ManifestFile {
  const { route, params } = plan.pages[index]!
  return {
    key,
    url: fileUrl(key, base),
    kind: redirect ? 'redirect' : 'page',
    size,
    md5,
    sha256,
    status,
    headers,
    ...(redirect ? { redirect } : {}),
    route: plan.routes[route]!.route,
    ...(params ? { params } : {}),
  }
}

/** A client asset as the manifest lists it. */
export function assetFile(
  { key, hashed }: Asset,
  { size, md5, sha256 }: Written,
  { base }: ResolvedOptions,
): ManifestFile {
  return {
    key,
    url: fileUrl(key, base),
    kind: 'asset',
    ...(hashed ? { hashed } : {}),
    size,
    md5,
    sha256,
    headers: { 'content-type': contentTypeOf(key) },
  }
}

/** The canonical path of a file: what a static host serves it under, `base` included. */
function fileUrl(key: string, base: string): string {
  const path = key.replace(/(^|\/)index\.html$/, '$1')
  return base + path.split('/').map(encodeURIComponent).join('/')
}
