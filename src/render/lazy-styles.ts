import { lazyFiles } from '../client-manifest.ts'
import { isHtmlType } from '../content-type.ts'
import type { Batch } from './messages.ts'

/** By the URL of a lazy chunk of the client: the URLs of the styles that come with it. */
export type LazyStyles = ReadonlyMap<string, readonly string[]>

/** The lazy chunks of the client that have styles. */
export function lazyStyles(client: string, base: string): LazyStyles {
  const styles = new Map<string, string[]>()
  for (const [chunk, files] of lazyFiles(client)) {
    const css = files.filter((file) => file.endsWith('.css'))
    if (css.length > 0)
      styles.set(
        base + chunk,
        css.map((file) => base + file),
      )
  }
  return styles
}

/** Warns of pages that name a lazy chunk and not its styles, which then arrive after the content. */
export function checkStyles({ pages, ends, bytes }: Batch, styles: LazyStyles | undefined): void {
  if (!styles?.size) return
  for (const [i, page] of pages.entries()) {
    if (page.redirect || !isHtmlType(page.headers['content-type'])) continue
    const body = bytes.subarray(ends[i - 1] ?? 0, ends[i])
    for (const warning of missingStyles(Buffer.from(body.buffer, body.byteOffset, body.byteLength), styles))
      (page.warnings ??= []).push(warning)
  }
}

function* missingStyles(body: Buffer, styles: LazyStyles): Generator<string, void, undefined> {
  const html = body.toString('latin1')
  // The styles may be among those that the page has in itself.
  if (/<style\b/i.test(html)) return
  // Only `<link>` and `<script>` name chunks, so the element need not be read.
  for (const [, url] of html.matchAll(/\s(?:href|src)=["']?([^"'\s>]+)/gi)) {
    for (const style of styles.get(url!) ?? []) {
      if (!html.includes(style))
        yield `it names \`${url}\` and not its styles, \`${style}\`, so they arrive after the content (\`virtual:distill/preloads\` names both)`
    }
  }
}
