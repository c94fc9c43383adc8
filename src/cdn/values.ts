import { compareKeys } from '../keys.ts'
import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { ResolvedConfig } from 'vite'
import type { CdnValues } from './url.ts'
import type { ResolvedOptions } from '../options.ts'
import { listSiteFiles } from '../public-files.ts'
import { hostConfigs } from '../staging/commit.ts'
import type { Scope } from './tag/vcs.ts'
import { contentTags, tagOfAll } from './content-hash.ts'
import { callTag } from '../cdn-options.ts'
import { type TakenTag, commitLength, takeTag, timeTag } from './tag/tag.ts'

/**
 * Computes the values of `vite-distill/cdn` from the app as it is now.
 * @throws {DistillError} `OPTION_INVALID` if the function `cdn.tag` returns no tag
 */
export function takeValues(
  config: ResolvedConfig,
  options: ResolvedOptions,
): { values: CdnValues; warning?: string | undefined } {
  const { base, publicDir } = config
  const { param, tag: mode } = options.cdn
  if (mode === 'content') {
    const files = contentTags(publicDir && existsSync(publicDir) ? listSiteFiles(publicDir, options) : [])
    // A folder's files are listed in no fixed order.
    files.sort(([a], [b]) => compareKeys(a, b))
    return { values: { base, param, tag: tagOfAll(files, commitLength), files } }
  }
  const { tag, warning } = siteTag(mode, () => scopeOf(config, options))
  return { values: { base, param, tag }, warning }
}

function siteTag(mode: ResolvedOptions['cdn']['tag'], scope: () => Scope): TakenTag {
  if (typeof mode === 'function') return { tag: callTag(mode) }
  if (mode === 'auto' || mode === 'commit') return takeTag(scope(), mode === 'commit')
  return { tag: mode === 'time' ? timeTag() : mode }
}

/** The app's folder and `public/`, without what builds and publishes write there. */
function scopeOf(
  { root, publicDir, cacheDir, environments }: ResolvedConfig,
  options: ResolvedOptions,
): Scope {
  const { outDir, manifestFile, cacheFile, reportFile, externalFile, buildFile, stagingDir, publish } =
    options
  const built = Object.values(environments).map(({ build }) => resolve(root, build.outDir))
  const published = Object.values(publish).flatMap((target) =>
    target.backend === 'directory' ? [resolve(root, target.path)] : [],
  )
  return {
    root,
    more: publicDir && relative(root, publicDir).startsWith('..') ? [publicDir] : [],
    except: [
      outDir,
      manifestFile,
      cacheFile,
      reportFile,
      externalFile,
      buildFile,
      ...hostConfigs.map((name) => `${outDir}.${name}`),
      stagingDir,
      cacheDir,
      ...built,
      ...published,
    ],
  }
}
