import { contentTypeOf, htmlType } from '../content-type.ts'
import type { PageList } from '../routes/types.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { fileUrl } from '../keys.ts'
import type { Asset, Rendered, Written } from './messages.ts'

/** A rendered page as the manifest lists it. */
export function pageFile(
  { index, status, headers, redirect }: Rendered,
  written: Written,
  plan: PageList,
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
    headers: { 'content-type': contentTypeOf(key, htmlType) },
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
    headers: { 'content-type': redirect ? htmlType : contentTypeOf(key, htmlType) },
    ...(redirect ? { redirect } : {}),
  }
}

const content = ({ size, md5, sha256 }: Written) => ({ size, md5, sha256 })
