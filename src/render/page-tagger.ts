import { tagLength } from '../cdn/content.ts'
import { type Tagging, createHtmlTagger } from '../cdn/html/tag-html.ts'
import type { Manifest, ManifestFile } from '../manifest.ts'
import { fileUrl } from './manifest-file.ts'

/** How the pages of a site get their tags. Crosses threads. */
export interface PageTagging extends Tagging {
  /** Scheme and host of the pages. */
  origin: string
}

/** A document is left out: a URL that leads to one is a link to a page. */
export const canHaveTag = ({ key, hashed }: { key: string; hashed?: boolean }): boolean =>
  !hashed && !/\.x?html?$/i.test(key)

/** Whether a page may have URLs to tag, by its headers. */
export const isTagged = (headers: ManifestFile['headers']): boolean =>
  headers['content-type']?.startsWith('text/html') ?? false

/** Makes a function that gives the body of a page its tags; without `tagging` it gives it back as it is. */
export function createPageTagger(
  tagging: PageTagging | undefined,
): <Body extends string | Uint8Array>(
  page: Pick<ManifestFile, 'key' | 'headers' | 'redirect'>,
  body: Body,
) => Body | Uint8Array {
  if (!tagging) return (_, body) => body
  const { origin, base } = tagging
  const tagHtml = createHtmlTagger(tagging)
  return ({ key, headers, redirect }, body) =>
    redirect || !isTagged(headers)
      ? body
      : tagHtml(typeof body === 'string' ? Buffer.from(body) : body, () => origin + fileUrl(key, base))
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
