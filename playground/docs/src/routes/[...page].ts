import { HTTPError, defineHandler } from 'h3'
import { page as distilled } from 'vite-distill/app'
import { type Document, documentOf } from '../document.ts'
import { escapeHtml } from '../escape-html.ts'
import { loadHighlighter } from '../highlight.ts'
import { imageSize } from '../image-size.ts'
import { toHtml } from '../markdown.ts'
import { type Entry, entriesOf, menu, refuseUnlisted } from '../menu.ts'
import { keyOf, read, web } from '../repository.ts'
import { page } from '../shell.ts'
import { images } from '../site-url.ts'

/** The pages of the documentation: the Markdown of `docs/` and the texts beside it. */
export function distillParams() {
  const groups = menu()
  refuseUnlisted(groups)
  return entriesOf(groups).map(({ file, url }) => {
    const { urls } = documentOf(file)
    return distilled(url, { cacheKey: keyOf(read(file), [...urls.values()].map(imageOrUrl)) })
  })
}

/** The menu, of which previous and next page are a part, and the address of the repository are on every page. */
export const distillCacheKey = () => keyOf(menu(), web())

export default defineHandler(async ({ url }) => {
  const groups = menu()
  const entries = entriesOf(groups)
  const path = url.pathname.replace(/\/?$/, '/')
  const at = entries.findIndex((entry) => entry.url === path)
  const entry = entries[at]
  if (!entry) throw new HTTPError({ status: 404 })

  const document = documentOf(entry.file)
  const group = groups.find((each) => entriesOf([each]).includes(entry))!
  const body = toHtml(document, document.tokens, await loadHighlighter())
  return page({
    canonical: new URL(path, url),
    title: `${document.title} · vite-distill`,
    description: document.description,
    layout: 'document',
    main: `<article>
<p class="group">${escapeHtml(group.title)}</p>
${body}</article>
<p class="edit"><a href="${web()}/edit/main/${entry.file}">Edit this page</a></p>
${neighbours(entries[at - 1], entries[at + 1])}`,
    aside: contents(document),
  })
})

/** What a page shows of an image is its size. */
const imageOrUrl = (url: string) => (url.startsWith(images) ? imageSize(url) : url)

function neighbours(previous: Entry | undefined, next: Entry | undefined): string {
  const link = (entry: Entry | undefined, rel: string, label: string) =>
    entry ? `<a rel="${rel}" href="${entry.url}"><small>${label}</small> ${escapeHtml(entry.title)}</a>` : ''
  return `<nav class="neighbours" aria-label="Previous and next page">${link(previous, 'prev', 'Previous')}${link(next, 'next', 'Next')}</nav>`
}

function contents({ headings }: Document): string {
  const shown = [...headings.values()].filter(({ depth }) => depth === 2 || depth === 3)
  if (shown.length < 2) return ''
  const items = shown.map(
    ({ depth, id, text }) =>
      `<li${depth === 3 ? ' class="deep"' : ''}><a href="#${id}">${escapeHtml(text)}</a></li>`,
  )
  return `<button type="button" class="contents" popovertarget="contents">On this page</button>
<nav id="contents" popover aria-label="On this page"><p class="title">On this page</p><ul>${items.join('')}</ul></nav>
`
}
