import { H3 } from 'h3'
import { routes } from 'vite-distill/app'
import { ids, page } from '../../page.mjs'

const post = {
  distillParams: () => ids,
  default(event) {
    event.res.headers.set('content-type', 'text/html; charset=utf-8')
    return page(Number(event.context.params.id))
  },
}
export default new H3().register(routes({ '/posts/:id/': post }))
