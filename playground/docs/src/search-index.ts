import MiniSearch from 'minisearch'
import type { Token } from 'marked'
import { documentOf } from './document.ts'
import type { Entry } from './menu.ts'
import { plainText } from './plain-text.ts'
import { type Section, options } from './search-options.ts'

/** What the search of the browser loads: every section of every page. */
export function searchIndex(entries: Entry[]): MiniSearch<Section> {
  const index = new MiniSearch<Section>(options)
  for (const entry of entries) index.addAll([...sections(entry)])
  return index
}

/** The text of a page from one heading to the next. */
function* sections({ file, url, title: page }: Entry): Generator<Section> {
  const { tokens, headings, title } = documentOf(file)
  let section = { id: url, title, page }
  let inside: Token[] = []
  for (const token of tokens) {
    const heading = headings.get(token)
    if (heading && heading.depth > 1) {
      yield { ...section, text: plainText(inside) }
      section = { id: `${url}#${heading.id}`, title: heading.text, page }
      inside = []
    } else if (!heading) inside.push(token)
  }
  yield { ...section, text: plainText(inside) }
}
