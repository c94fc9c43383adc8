import { assetFile } from './assets.ts'
import type { SiteSources } from './collisions.ts'
import { fallbackFile } from './fallback.ts'
import { type FileEntry, manifestEntry } from './manifest-entry.ts'
import type { WrittenFile } from './messages.ts'
import type { PageReport } from './page-report.ts'
import { redirectFile } from './redirects.ts'
import type { Renderer } from './render-selection.ts'
import type { ManifestLines } from './site/manifest-lines.ts'
import { sitemapOf } from './sitemap.ts'

/** Writes the files that no page responds with: redirects of the options, the sitemap, the fallback and the client's assets. */
export async function writeOtherFiles(
  { options, writer, build, tagging }: Renderer,
  { redirects, assets }: SiteSources,
  { sitemapPages }: PageReport,
  lines: ManifestLines,
): Promise<void> {
  const sitemap = sitemapOf(sitemapPages, options, (key) => lines.has(key))
  const generated = [...redirects.map(redirectFile), ...sitemap, ...fallbackFile(build, options, tagging)]
  const add = (files: readonly FileEntry[], written: readonly WrittenFile[]) => {
    for (const [i, file] of files.entries())
      lines.add(manifestEntry(file, written[i]!, options.base), written[i]!.change)
  }
  add(generated, await writer.writeGenerated(generated))
  add(assets.map(assetFile), await writer.copy(assets))
}
