import { defineHandler } from 'h3'
import { menu } from '../menu.ts'
import { keyOf, web } from '../repository.ts'
import { menuHtml, page } from '../shell.ts'

export const distill = true
export const distillStatus = 404
export const distillCacheKey = () => keyOf(menu(), web())

export default defineHandler((event) => {
  event.res.status = 404
  return page({
    title: 'Not found · vite-distill',
    description: 'There is no such page.',
    layout: 'wide',
    main: `<h1>There is no such page</h1>
<p>It may have moved. These are all pages of the documentation:</p>
<div class="all">${menuHtml(menu())}</div>`,
  })
})
