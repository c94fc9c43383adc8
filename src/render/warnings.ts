import type { Page } from './messages.ts'
import type { RenderedPage } from './render.ts'

/** What a person would hardly have meant, said once for all pages that share it. */
export function pageWarnings(pages: readonly RenderedPage[], planned: readonly Page[]): string[] {
  const byMessage = new Map<string, string[]>()
  const add = (message: string, { index }: RenderedPage) => {
    const urls = byMessage.get(message) ?? []
    urls.push(planned[index]!.url)
    byMessage.set(message, urls)
  }
  const someHaveDoctype = pages.some(({ doctype }) => doctype === true)
  for (const page of pages) {
    for (const message of page.warnings ?? []) add(message, page)
    if (page.doctype === false && someHaveDoctype)
      add('it has no `<!doctype html>`, which other pages have', page)
  }
  return [...byMessage].map(([message, [first, ...rest]]) => {
    const more = rest.length === 0 ? '' : ` and ${rest.length} more`
    return `page \`${first}\`${more}: ${message}`
  })
}

/** A site that has lost most of its pages is more often an empty database than a plan. */
export function dropWarning(pages: number, before: number | undefined): string[] {
  if (before === undefined || pages >= before / 2) return []
  return [`the site has ${pages} pages where the last build had ${before}`]
}
