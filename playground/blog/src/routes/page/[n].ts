import { defineHandler, redirect } from 'h3'
import { countPages } from '../../db/posts.ts'
import { listPage } from '../../pages.ts'
import { respond } from '../../render.ts'

/** Begins at 2: the first page is the home page. */
export async function* distillParams() {
  const pages = await countPages()
  for (let n = 2; n <= pages; n++) yield n
}

export default defineHandler(async (event) => {
  const n = event.context.params!.n!
  if (n === '1') return redirect('/', 301)
  return respond(/^[1-9]\d{0,5}$/.test(n) ? await listPage(Number(n)) : undefined)
})
