import { readFile } from 'node:fs/promises'
import { DistillError } from '../errors.ts'
import type { RenderedPage } from '../rendered-options.ts'
import type { PageList } from '../routes/types.ts'
import type { ManifestLines } from './site/manifest-lines.ts'

export interface RenderedPagesInput {
  /** All pages that the app has listed, or that were found by links. */
  list: PageList
  /** Where a file of the site is. */
  pathOf: (key: string) => string | undefined
  /** Throws where the files of the site may have moved. */
  refuseLate: () => void
}

/** The pages of a site whose files are all written, sorted by key. They are read from disk, one by one. */
export async function* renderedPages(
  lines: ManifestLines,
  { list, pathOf, refuseLate }: RenderedPagesInput,
): AsyncGenerator<RenderedPage, void, undefined> {
  refuseLate()
  const lastmods = new Map<string, string>()
  for (const { key, params, lastmod = params?.lastmod } of list.pages)
    if (lastmod !== undefined) lastmods.set(key, lastmod)
  for (const { key, url, kind, route, params = {}, status = 200, headers, remote } of lines.files()) {
    // The sitemap and the fallback are pages of no route.
    if (kind !== 'page' || route === undefined) continue
    const body = async (): Promise<Uint8Array> => {
      refuseLate()
      if (remote) throw notHere(url)
      // Not `readFileSync`: with a loop of nothing but settled promises, the lease of the staging folder would expire.
      return readFile(pathOf(key)!)
    }
    yield {
      url,
      file: key,
      route,
      params,
      status,
      headers,
      lastmod: lastmods.get(key),
      body,
      text: async () => new TextDecoder().decode(await body()),
    }
    refuseLate()
  }
}

const notHere = (url: string) =>
  new DistillError(
    'RENDERED_FAILED',
    `\`rendered\` reads page \`${url}\`, which only the target of \`cache.from\` has`,
    {
      hint: 'Run `vite build`, or `vite-distill render` without `--only`: with `rendered`, it renders every page here.',
    },
  )
