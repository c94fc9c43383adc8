import './style.css'
import './theme.ts'

const field = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const openSearch = async () => (await import('./search.ts')).open()

document.querySelector('header .search')!.addEventListener('click', openSearch)
addEventListener('keydown', (event) => {
  const { key, ctrlKey, metaKey, altKey } = event
  const isSlash = key === '/' && !ctrlKey && !metaKey && !altKey && !field(event.target)
  if (!isSlash && !(key.toLowerCase() === 'k' && (ctrlKey || metaKey))) return
  event.preventDefault()
  void openSearch()
})

// A link to a part of this page leaves the list of parts open, in front of it.
for (const popover of document.querySelectorAll<HTMLElement>('[popover]'))
  popover.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('a') && popover.matches(':popover-open'))
      popover.hidePopover()
  })

// The menu is long. The current page is shown in it where it would be below its end.
const menu = document.querySelector('#menu')!
const current = menu.querySelector<HTMLElement>('[aria-current]')
if (current && current.offsetTop + current.offsetHeight > menu.clientHeight)
  menu.scrollTop = current.offsetTop - menu.clientHeight / 2
