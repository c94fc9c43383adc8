import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { contentTypeOf } from './answer.ts'
import type { Asset, Plan, Rendered, Written } from './messages.ts'

/** A rendered page as the manifest lists it. */
export function pageFile(
  { index, status, headers, redirect }: Rendered,
  written: Written,
  plan: Plan,
  { base }: ResolvedOptions,
): ManifestFile {
  const { key, route, params } = plan.pages[index]!
  return {
    key,
    url: fileUrl(key, base),
    kind: redirect ? 'redirect' : 'page',
    ...content(written),
    status,
    headers,
    ...(redirect ? { redirect } : {}),
    route: plan.routes[route]!.route,
    ...(params ? { params } : {}),
  }
}

/** A client asset as the manifest lists it. */
export function assetFile({ key, hashed }: Asset, written: Written, { base }: ResolvedOptions): ManifestFile {
  return {
    key,
    url: fileUrl(key, base),
    kind: 'asset',
    ...(hashed ? { hashed } : {}),
    ...content(written),
    headers: { 'content-type': contentTypeOf(key) },
  }
}

/** A file that no route answers: a redirect of the options, or the sitemap. */
export interface Generated {
  key: string
  bytes: Uint8Array
  redirect?: ManifestFile['redirect']
}

/** Such a file as the manifest lists it. */
export function generatedFile(
  { key, redirect }: Generated,
  written: Written,
  { base }: ResolvedOptions,
): ManifestFile {
  return {
    key,
    url: fileUrl(key, base),
    kind: redirect ? 'redirect' : 'page',
    ...content(written),
    status: redirect?.status ?? 200,
    headers: { 'content-type': redirect ? 'text/html; charset=utf-8' : contentTypeOf(key) },
    ...(redirect ? { redirect } : {}),
  }
}

const content = ({ size, md5, sha256 }: Written) => ({ size, md5, sha256 })

/** The canonical path of a file: what a static host serves it under, `base` included. */
export function fileUrl(key: string, base: string): string {
  const path = key.replace(/(^|\/)index\.html$/, '$1')
  return base + path.split('/').map(encodeURIComponent).join('/')
}
