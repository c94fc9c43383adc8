import { html, raw } from 'h3'
import template from 'virtual:distill/template'
import { escapeHtml } from './escape-html.ts'
import { type Entry, type Group, entriesOf, menu } from './menu.ts'
import { web } from './repository.ts'
import { urlOf } from './site-url.ts'

export interface Page {
  /** The address of the page; none for one that has no address of its own, such as that of an error. */
  canonical?: URL
  /** The title of the window. */
  title: string
  description: string
  /** What is inside `<main>`. */
  main: string
  /** What stands beside `<main>`. */
  aside?: string
  /** The layout: a page of the documentation has the menu beside it, another one has it behind a button. */
  layout: 'document' | 'wide'
}

/** A whole page: the head, the bar at the top, the menu and the content. */
export function page({ canonical, title, description, main, aside = '', layout }: Page) {
  const groups = menu()
  const head = [
    `<title>${escapeHtml(title)}</title>`,
    `<meta name="description" content="${escapeHtml(description)}">`,
    canonical
      ? `<link rel="canonical" href="${escapeHtml(canonical.origin + canonical.pathname)}">`
      : '<meta name="robots" content="noindex">',
  ]
  const body = `<a class="skip" href="#main">Skip to the content</a>
${header(groups)}
<div class="${layout}">
<nav id="menu" popover aria-label="Documentation">${menuHtml(groups, canonical?.pathname)}</nav>
<main id="main" tabindex="-1">
${main}
</main>
${aside}</div>
${footer()}`
  return html(
    raw(template.replace('<!--head-->', () => head.join('\n    ')).replace('<!--body-->', () => body)),
  )
}

const header = (groups: Group[]) => `<header>
<a class="home" href="/">${logo}vite-distill</a>
<nav aria-label="Site"><a href="${entriesOf(groups)[0]!.url}">Docs</a><a href="${urlOf('docs/performance.md')}">Performance</a><a href="${urlOf('CHANGELOG.md')}">Changes</a><a href="${web()}">GitHub</a></nav>
<button type="button" class="js search" aria-haspopup="dialog" aria-keyshortcuts="/ Control+K">${icons.search}<span>Search</span><kbd>/</kbd></button>
<button type="button" class="js theme" aria-label="Dark theme" aria-pressed="false">${icons.theme}</button>
<button type="button" class="menu" popovertarget="menu" aria-label="Menu">${icons.menu}</button>
</header>`

const footer = () =>
  `<footer><p>MIT licence. This site is distilled by vite-distill: <a href="${web()}/tree/main/playground/docs">its source</a>.</p></footer>`

/** All pages of the documentation. Those of a folder are shown where one of them is the current page. */
export function menuHtml(groups: Group[], current?: string): string {
  const link = ({ url, title }: Entry) =>
    `<a href="${url}"${url === current ? ' aria-current="page"' : ''}>${escapeHtml(title)}</a>`
  const list = (entries: Entry[]): string =>
    `<ul>${entries.map((entry) => `<li>${link(entry)}${isOpen(entry) ? list(entry.children) : ''}</li>`).join('')}</ul>`
  const isOpen = ({ url, children }: Entry) =>
    children.length > 0 && (url === current || children.some((child) => child.url === current))
  return groups
    .map(({ title, entries }) => `<div><p class="title">${escapeHtml(title)}</p>${list(entries)}</div>`)
    .join('\n')
}

const icon = (path: string) =>
  `<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">${path}</svg>`

const icons = {
  search: icon('<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>'),
  theme: icon(
    '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor"/>',
  ),
  menu: icon('<path d="M4 7h16M4 12h16M4 17h16"/>'),
}

const logo =
  '<svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true"><path class="drop" d="M16 2c5 7 9 11 9 17a9 9 0 0 1-18 0c0-6 4-10 9-17z"/><path class="glint" d="M12 19a4.5 4.5 0 0 0 4.5 4.5"/></svg>'
