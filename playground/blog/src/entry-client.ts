import { createSSRApp, h, nextTick, shallowRef } from 'vue'
import App from './App.vue'
import type { Page } from './page.ts'
import { postDataPath } from './site.ts'

const page = shallowRef(JSON.parse(document.getElementById('page')!.textContent) as Page)

/** The pages seen since the last full load, by path: going back to one needs no request. */
const seen = new Map([[location.pathname, page.value]])

createSSRApp({ render: () => h(App, { page: page.value }) }).mount('#app')

// A post is shown in place from its JSON. Other pages are loaded in full, and so is a post whose JSON fails to load.
document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest?.('a')
  const slug = link && /^\/posts\/([^/]+)\/$/.exec(link.pathname)?.[1]
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
  if (
    !slug ||
    link.origin !== location.origin ||
    link.target ||
    link.hash ||
    modified ||
    event.defaultPrevented
  )
    return
  event.preventDefault()
  void open(link.pathname, decodeURIComponent(slug))
})

let latest = ''

async function open(path: string, slug: string): Promise<void> {
  latest = path
  const next = seen.get(path) ?? (await fetchPost(slug))
  if (latest !== path) return
  if (!next) return location.assign(path)
  seen.set(path, next)
  history.pushState(null, '', path)
  await show(next)
  scrollTo(0, 0)
  document.querySelector<HTMLElement>('h1')!.focus({ preventScroll: true })
}

async function fetchPost(slug: string): Promise<Page | undefined> {
  try {
    const response = await fetch(postDataPath(slug))
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}

addEventListener('popstate', () => {
  latest = ''
  const back = seen.get(location.pathname)
  if (!back) location.reload()
  else if (back !== page.value) void show(back)
})

function show(next: Page): Promise<void> {
  page.value = next
  document.title = next.title
  return nextTick()
}
