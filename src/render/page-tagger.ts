import type { BuildRecord } from '../build-record.ts'
import { contentTags, tagLength } from '../cdn/content-hash.ts'
import { type Tagging, createHtmlTagger } from '../cdn/html-tagger.ts'
import type { Edit } from '../cdn/url.ts'
import { readValues } from '../cdn/values-file.ts'
import { isHtmlType } from '../content-type.ts'
import { DistillError } from '../errors.ts'
import { fileUrl } from '../keys.ts'
import type { Manifest, ManifestFile, ManifestHeader } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { listAssets } from './assets.ts'
import { editBodies } from './batch-buffer.ts'
import type { Batch } from './messages.ts'

/** How the pages of a site get their tags. */
export interface PageTagging extends Tagging {
  /** Scheme and host of the pages. */
  origin: string
}

/** An HTML file has no tag: a URL that leads to it is a link to a page. */
const canHaveTag = ({ key, hashed }: { key: string; hashed?: boolean }): boolean =>
  !hashed && !/\.x?html?$/i.test(key)

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

/** What the manifest says about the tags, so that {@link taggingOfSite} can make them again. */
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

/** How the pages of a finished site got their tags, for a page that is rendered later. */
export async function taggingOfSite({ header, files }: Manifest): Promise<PageTagging | undefined> {
  const { base, tag, tagged } = header
  if (!tagged || tag === undefined) return undefined
  const { byContent, ...rest } = tagged
  const tags = new Map<string, string>()
  for await (const file of files()) {
    if (file.kind === 'asset' && canHaveTag(file))
      tags.set(file.key, byContent ? file.sha256.slice(0, tagLength) : tag)
  }
  return { base, tags, ...rest }
}

/** Finds the edits that add the tags to a page's body. */
export type TagPage = (
  page: Pick<ManifestFile, 'key' | 'headers' | 'redirect'>,
  body: Uint8Array,
) => readonly Edit[]

export function createPageTagger(tagging: PageTagging): TagPage {
  const { origin, base } = tagging
  const tagHtml = createHtmlTagger(tagging)
  return ({ key, headers, redirect }, body) =>
    redirect || !isHtmlType(headers['content-type']) ? [] : tagHtml(body, () => origin + fileUrl(key, base))
}

/** Adds the tags to all pages of a batch. A batch without any is returned as it is. */
export function tagBatch(batch: Batch, tagPage: TagPage): Batch {
  const { type, pages, ends, bytes } = batch
  const edits = pages.map((page, i) => tagPage(page, bytes.subarray(ends[i - 1] ?? 0, ends[i])))
  if (edits.every(({ length }) => length === 0)) return batch
  return { type, pages, ...editBodies({ ends, bytes }, edits) }
}
