import { defineHandler, redirect } from 'h3'
import { page } from 'vite-distill/app'
import { countPages, listPages, listTags } from '../../db/posts.ts'
import { listPage } from '../../pages.ts'
import { respond } from '../../render.ts'

/** Begins at 2: the first page is the home page. */
export async function* distillParams() {
  for (const { n, version } of await listPages()) if (n > 1) yield page(n, { cacheKey: version })
}

/** What each of them shows beside its posts. */
export const distillCacheKey = async () => JSON.stringify([await countPages(), await listTags()])

export default defineHandler(async (event) => {
  const n = event.context.params!.n!
  if (n === '1') return redirect('/', 301)
  return respond(/^[1-9]\d{0,5}$/.test(n) ? await listPage(Number(n)) : undefined)
})
