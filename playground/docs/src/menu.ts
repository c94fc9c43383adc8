import { posix } from 'node:path'
import type { Token, Tokens } from 'marked'
import { type Document, documentOf } from './document.ts'
import { plainText, walk } from './plain-text.ts'
import { docsFiles } from './repository.ts'
import { isPage, overviewOf, urlOf } from './site-url.ts'

/** A page of the documentation, and the pages of the folder that it is the overview of. */
export interface Entry {
  file: string
  url: string
  title: string
  children: Entry[]
}

export interface Group {
  title: string
  entries: Entry[]
}

/**
 * The documentation in the order in which the README lists it. The pages of a folder are below its overview,
 * `docs/backends.md` or `docs/guides/README.md`, in the order in which that links to them.
 */
export function menu(): Group[] {
  const groups: Group[] = []
  const listed = new Set<string>()
  for (const token of section(documentOf('README.md'), 'Documentation')) {
    if (token.type === 'paragraph') groups.push({ title: plainText([token]).replace(/:$/, ''), entries: [] })
    if (token.type !== 'list') continue
    for (const { file, text } of linkedPages([token], 'README.md')) {
      if (listed.has(file)) continue
      const children = childrenOf(file)
      for (const page of [file, ...children]) listed.add(page)
      groups.at(-1)?.entries.push({
        ...entry(file, text.charAt(0).toUpperCase() + text.slice(1)),
        children: children.map((child) => entry(child, documentOf(child).title)),
      })
    }
  }
  return groups.filter(({ entries }) => entries.length > 0)
}

/** All pages of the documentation, in the order of reading. */
export const entriesOf = (groups: Group[]): Entry[] =>
  groups.flatMap(({ entries }) => entries.flatMap((each) => [each, ...each.children]))

/** Throws if a page of `docs/` is not in the menu. */
export function refuseUnlisted(groups: Group[]): void {
  const listed = new Set(entriesOf(groups).map(({ file }) => file))
  const missing = docsFiles('.md').filter((file) => !listed.has(file))
  if (missing.length > 0) {
    throw new Error(
      `${missing.map((file) => `\`${file}\``).join(', ')}: not in the menu. ` +
        'Link each page of `docs/` from "Documentation" in `README.md`, and those of a folder from its overview.',
    )
  }
}

const entry = (file: string, title: string): Entry => ({
  file,
  url: urlOf(file),
  title,
  children: [],
})

/** The pages of the folder that a page is the overview of. */
function childrenOf(file: string): string[] {
  const folder = overviewOf(file)
  const linked = linkedPages(documentOf(file).tokens, file).map((link) => link.file)
  return [...new Set(linked)].filter((path) => path !== file && path.startsWith(folder))
}

/** What is between a heading of a document and the next one that is not below it. */
export function section({ file, tokens, headings }: Document, title: string): Token[] {
  const start = tokens.findIndex((token) => headings.get(token)?.text === title)
  if (start === -1) throw new Error(`\`${file}\` has no heading "${title}".`)
  const { depth } = headings.get(tokens[start]!)!
  const rest = tokens.slice(start + 1)
  const end = rest.findIndex((token) => (headings.get(token)?.depth ?? Infinity) <= depth)
  return end === -1 ? rest : rest.slice(0, end)
}

/** The pages of the documentation that a text links to, in order. */
function linkedPages(tokens: Token[], from: string): { file: string; text: string }[] {
  const found: { file: string; text: string }[] = []
  for (const token of walk(tokens)) {
    if (token.type !== 'link') continue
    const { href, tokens: inside } = token as Tokens.Link
    const file = posix.join(posix.dirname(from), href.replace(/#.*/, ''))
    if (!/^[a-z]+:/.test(href) && isPage(file)) found.push({ file, text: plainText(inside) })
  }
  return found
}
