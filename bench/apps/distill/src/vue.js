import { H3 } from 'h3'
import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { routes } from 'vite-distill/app'
import { ids } from '../../page.mjs'
import { paragraphs } from '../../parts.mjs'

const Paragraph = {
  props: ['text'],
  setup:
    ({ text }) =>
    () =>
      h('p', text),
}
export const Post = {
  props: ['id'],
  setup: (props) => () =>
    h('main', [
      h('h1', `Post ${props.id}`),
      paragraphs.map(({ id, text }) => h(Paragraph, { key: id, text })),
    ]),
}

const post = {
  distillParams: () => ids,
  async default(event) {
    event.res.headers.set('content-type', 'text/html; charset=utf-8')
    const { id } = event.context.params
    return `<!doctype html><title>Post ${id}</title>${await renderToString(createSSRApp(Post, { id }))}`
  },
}
export default new H3().register(routes({ '/posts/:id/': post }))
