import MiniSearch, { type SearchResult } from 'minisearch'
import { type Section, options } from './search-options.ts'

/** The index is loaded when the search is opened for the first time, and again after a failure. */
let loading: Promise<MiniSearch<Section>> | undefined

async function load(): Promise<MiniSearch<Section>> {
  const response = await fetch('/search-index.json')
  if (!response.ok) throw new Error(`search-index.json: ${response.status}`)
  return MiniSearch.loadJSONAsync<Section>(await response.text(), options)
}

const dialog = document.createElement('dialog')
dialog.className = 'search'
dialog.setAttribute('aria-label', 'Search')
dialog.innerHTML = `<form method="dialog">
<input type="search" role="combobox" aria-label="Search the documentation" aria-expanded="false" aria-controls="results" aria-autocomplete="list" placeholder="Search the documentation" autocomplete="off" spellcheck="false" enterkeyhint="go">
<button>Close</button>
</form>
<p role="status"></p>
<div id="results" role="listbox" aria-label="Results"></div>`
document.body.append(dialog)

const input = dialog.querySelector('input')!
const status = dialog.querySelector('[role=status]')!
const list = dialog.querySelector<HTMLElement>('#results')!
/** The result that Enter opens. */
let selected = -1

export function open(): void {
  if (!dialog.open) dialog.showModal()
  input.select()
  void search()
}

input.addEventListener('input', () => void search())
dialog.addEventListener('click', ({ target }) => {
  // The backdrop is the dialog itself; a link to a part of this page loads nothing.
  if (target === dialog || (target instanceof Element && target.closest('a'))) dialog.close()
})
input.addEventListener('keydown', (event) => {
  // Enter ends a composition of characters, too.
  if (event.isComposing) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step !== undefined) select(selected + step)
  else if (event.key === 'Enter') (list.children[selected] as HTMLElement | undefined)?.click()
  // The browser would empty the field first.
  else if (event.key === 'Escape') dialog.close()
  else return
  event.preventDefault()
})

async function search(): Promise<void> {
  const words = input.value.trim()
  let index: MiniSearch<Section>
  try {
    index = await (loading ??= load())
  } catch {
    loading = undefined
    return show([], 'The search could not be loaded.')
  }
  // While it was loaded, more was typed: a later call shows it.
  if (words !== input.value.trim()) return
  const found = index.search(words)
  const count = found.length === 1 ? '1 result' : `${found.length} results`
  show(found.slice(0, 30), words === '' ? '' : found.length === 0 ? `Nothing found for “${words}”` : count)
}

function show(results: SearchResult[], text: string): void {
  list.replaceChildren(...results.map(option))
  input.setAttribute('aria-expanded', String(results.length > 0))
  status.textContent = text
  select(results.length > 0 ? 0 : -1)
}

function option({ id, title, page }: SearchResult, at: number): HTMLElement {
  const link = document.createElement('a')
  link.id = `result-${at}`
  link.role = 'option'
  link.href = String(id)
  link.tabIndex = -1
  const name = document.createElement('span')
  name.textContent = title
  link.append(name)
  if (page !== title) {
    const where = document.createElement('small')
    where.textContent = page
    link.append(' ', where)
  }
  link.addEventListener('pointermove', () => at !== selected && select(at))
  return link
}

function select(at: number): void {
  const { length } = list.children
  selected = length === 0 ? -1 : (at + length) % length
  for (const [i, item] of [...list.children].entries()) item.ariaSelected = String(i === selected)
  const item = list.children[selected]
  if (item) input.setAttribute('aria-activedescendant', item.id)
  else input.removeAttribute('aria-activedescendant')
  item?.scrollIntoView({ block: 'nearest' })
}
