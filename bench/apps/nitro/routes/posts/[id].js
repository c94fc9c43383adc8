import { defineHandler } from 'nitro/deps/h3'
import { page } from '../../../page.mjs'

export default defineHandler((event) => {
  event.res.headers.set('content-type', 'text/html; charset=utf-8')
  return page(Number(event.context.params.id))
})
