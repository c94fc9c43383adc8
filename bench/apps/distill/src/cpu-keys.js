import { H3 } from 'h3'
import { page as known, routes } from 'vite-distill/app'
import { ids, page, versionOf } from '../../page.mjs'
import { spin } from '../../spin.mjs'

const post = {
  distillParams: () => ids.map((id) => known({ id }, { cacheKey: versionOf(Number(id)) })),
  default(event) {
    spin()
    event.res.headers.set('content-type', 'text/html; charset=utf-8')
    return page(Number(event.context.params.id))
  },
}
export default new H3().register(routes({ '/posts/:id/': post }))
