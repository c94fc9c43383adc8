import { fileUrl } from '../keys.ts'
import type { Edit } from '../cdn/url.ts'
import { tagLength } from '../cdn/content-hash.ts'
import type { Tagging } from '../cdn/html/files.ts'
import { createHtmlTagger } from '../cdn/html/tag-html.ts'
import type { Manifest, ManifestFile } from '../manifest.ts'
import { isHtml } from './response.ts'
import { editBodies } from './batch-buffer.ts'
import type { Batch } from './messages.ts'

/** How the pages of a site get their tags. */
export interface PageTagging extends Tagging {
  /** Scheme and host of the pages. */
  origin: string
}

/** A document is left out: a URL that leads to one is a link to a page. */
export const canHaveTag = ({ key, hashed }: { key: string; hashed?: boolean }): boolean =>
  !hashed && !/\.x?html?$/i.test(key)

/** Finds what to edit in the body of a page, so that it has its tags. */
export type TagPage = (
  page: Pick<ManifestFile, 'key' | 'headers' | 'redirect'>,
  body: Uint8Array,
) => readonly Edit[]

export function createPageTagger(tagging: PageTagging): TagPage {
  const { origin, base } = tagging
  const tagHtml = createHtmlTagger(tagging)
  return ({ key, headers, redirect }, body) =>
    redirect || !isHtml(headers) ? [] : tagHtml(body, () => origin + fileUrl(key, base))
}

/** Gives all pages of a batch their tags, and takes the batch over. */
export function tagBatch(batch: Batch, tagPage: TagPage): Batch {
  const { type, pages, ends, bytes } = batch
  const bodyOf = (i: number) => bytes.subarray(ends[i - 1] ?? 0, ends[i])
  const edits = pages.map((page, i) => tagPage(page, bodyOf(i)))
  if (edits.every(({ length }) => length === 0)) return batch
  return { type, pages, ...editBodies({ ends, bytes }, edits) }
}

/** How the pages of a finished site got theirs, for one that is rendered later. */
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
