import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostFile, ResolvedOptions } from '../../options.ts'
import { writing } from '../../staging/write-failed.ts'
import { manifestEntry } from '../manifest-entry.ts'
import type { Renderer } from '../render-selection.ts'
import type { ManifestLines } from '../site/manifest-lines.ts'
import { cloudfrontFunction } from './cloudfront-function.ts'
import { checkHeaders, sharedHeaders } from './header-rules.ts'
import { headersFile } from './headers-file.ts'
import type { HostedSite } from './hosted-site.ts'
import { nginxConfig } from './nginx.ts'
import { redirectsFile } from './redirects-file.ts'

/** The files of the option `hostFiles` that are files of the site. */
export const hostFileKeys = ({ hostFiles }: ResolvedOptions): string[] =>
  ['_headers', '_redirects'].filter((key) => hostFiles.includes(key as HostFile))

/**
 * Writes the files of the option `hostFiles`: those of the site as its other files, the others into the staging folder.
 * @param lines All other files of the site
 * @throws {DistillError} `HOST_FILE_INVALID`
 */
export async function writeHostFiles(
  { options, build, writer }: Pick<Renderer, 'options' | 'build' | 'writer'>,
  lines: ManifestLines,
): Promise<{ warnings: string[] }> {
  const { base, layout, fallback, hostFiles, stagingDir } = options
  if (hostFiles.length === 0) return { warnings: [] }
  const files = () => lines.files()
  for (const file of files()) checkHeaders(file)
  const site: HostedSite = { base, layout, fallback, files, shared: sharedHeaders(files()) }
  const stage = (name: string, text: string) => {
    const path = join(stagingDir, name)
    writing(path, () => writeFileSync(path, text))
  }
  if (hostFiles.includes('nginx')) stage('nginx.conf', nginxConfig(site))
  if (hostFiles.includes('cloudfront-function')) stage('cloudfront-function.js', cloudfrontFunction(site))
  const warnings: string[] = []
  const generated = hostFileKeys(options).map((key) => {
    const made = key === '_headers' ? headersFile(site) : redirectsFile(site, process.env.NETLIFY === 'true')
    warnings.push(...made.warnings)
    const own = join(build.client, key)
    const text = options.assets.include && existsSync(own) ? `\n${readFileSync(own, 'utf8')}` : ''
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    return { key, kind: 'asset' as const, headers, bytes: new TextEncoder().encode(made.text + text) }
  })
  const written = await writer.writeGenerated(generated)
  for (const [i, file] of generated.entries())
    lines.add(manifestEntry(file, written[i]!, base), written[i]!.change)
  return { warnings }
}
