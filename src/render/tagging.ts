import { contentTags } from '../cdn/content.ts'
import { type Tagging, createHtmlTagger } from '../cdn/html/tag-html.ts'
import { readValues } from '../cdn/record.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { listAssets } from './assets.ts'
import type { BuildRecord } from './build-record.ts'
import { fileUrl } from './manifest-file.ts'
import type { Rendered } from './messages.ts'

/** How the pages of a site get their tags. Crosses threads. */
export interface PageTagging extends Tagging {
  /** Scheme and host of the pages. */
  origin: string
}

/**
 * What the option `cdn.html` asks for: the files of the site without a hash in their name, each with its tag.
 * Documents are left out, for a URL that leads to one is a link to a page.
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
  const assets = listAssets(build, options).filter(({ key, hashed }) => !hashed && !/\.x?html?$/i.test(key))
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

/** Whether a page may have URLs to tag, by its headers. */
export const isTagged = (headers: Rendered['headers']): boolean =>
  headers['content-type']?.startsWith('text/html') ?? false

/** Makes a function that gives the body of a page its tags; without `tagging` it gives it back as it is. */
export function createPageTagger(
  tagging: PageTagging | undefined,
): (page: Rendered, body: Uint8Array) => Uint8Array {
  if (!tagging) return (_, body) => body
  const { origin, base } = tagging
  const tagHtml = createHtmlTagger(tagging)
  return ({ key, headers, redirect }, body) =>
    redirect || !isTagged(headers) ? body : tagHtml(body, () => origin + fileUrl(key, base))
}
