import { H3 } from 'h3'
import { routes } from 'vite-distill/app'
import { all, text } from '../../files.mjs'

const post = {
  distillParams: () => all,
  default(event) {
    event.res.headers.set('content-type', 'text/html; charset=utf-8')
    return text(event.context.params.file)
  },
}
export default new H3().register(routes({ '/posts/:group/:file': post }))
