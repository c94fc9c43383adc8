import { contentTags } from '../cdn/content-hash.ts'
import { readValues } from '../cdn/values-file.ts'
import { DistillError } from '../errors.ts'
import type { ManifestHeader } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { listAssets } from './assets.ts'
import type { BuildRecord } from '../build-record.ts'
import { type PageTagging, canHaveTag } from './page-tagger.ts'

/**
 * What the option `cdn.html` asks for: the files of the site without a hash in their name, each with its tag.
 * @throws {DistillError} `NOT_BUILT` where the app was built without the option
 */
export function pageTagging(build: Required<BuildRecord>, options: ResolvedOptions): PageTagging | undefined {
  if (!options.cdn.html) return undefined
  const values = readValues(build)
  if (!values) {
    throw new DistillError('NOT_BUILT', 'the app was built without `cdn`, so there is no tag for its pages', {
      hint: 'Run `vite build` once more.',
    })
  }
  const { base, param, tag, files } = values
  const assets = listAssets(build, options).filter(canHaveTag)
  const pages = new URL(options.origin)
  const own = new URL(base, pages)
  return {
    param,
    base: options.base,
    origin: own.origin,
    hosts: [...new Set([own.host, pages.host])],
    tags: new Map(files ? contentTags(assets) : assets.map(({ key }) => [key, tag])),
  }
}

/** What the manifest says about it. */
export function tagFacts(
  build: Required<BuildRecord>,
  tagging: PageTagging | undefined,
): Pick<ManifestHeader, 'tag' | 'tagged'> {
  const values = readValues(build)
  if (!values) return {}
  if (!tagging) return { tag: values.tag }
  const { param, origin, hosts } = tagging
  return { tag: values.tag, tagged: { param, origin, hosts, byContent: values.files !== undefined } }
}
