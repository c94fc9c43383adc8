import { contentTypeOf } from '../../../src/content-type.ts'
import { compareKeys, fileUrl } from '../../../src/keys.ts'
import type { ManifestFile } from '../../../src/manifest.ts'
import { sharedHeaders } from '../../../src/render/host-files/header-rules.ts'
import type { HostedSite } from '../../../src/render/host-files/hosted-site.ts'

export type Files = Record<string, Partial<ManifestFile>>

/** A site of these files. A page is one that has no `kind`; its headers come after the type of its extension. */
export function hostedSite(given: Files, options: Partial<HostedSite> = {}): HostedSite {
  const base = options.base ?? '/'
  const files = Object.entries(given)
    .map(([key, { headers, ...more }]): ManifestFile => ({
      key,
      url: fileUrl(key, base),
      kind: more.redirect ? 'redirect' : 'page',
      size: 1,
      md5: '0'.repeat(32),
      sha256: '0'.repeat(64),
      ...(more.kind === 'asset' ? {} : { status: 200, route: '/:any' }),
      headers: { 'content-type': contentTypeOf(key), ...headers },
      ...more,
    }))
    .sort((a, b) => compareKeys(a.key, b.key))
  return {
    base,
    layout: 'directory',
    fallback: undefined,
    files: () => files,
    shared: sharedHeaders(files),
    ...options,
  }
}

export const redirect = (to: string, status = 301): Partial<ManifestFile> => ({ redirect: { to, status } })
export const asset: Partial<ManifestFile> = { kind: 'asset' }
export const hashed: Partial<ManifestFile> = { kind: 'asset', hashed: true }
export const withHeaders = (headers: Record<string, string>): Partial<ManifestFile> => ({ headers })
