import { H3 } from 'h3'
import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { routes } from 'vite-distill/app'
import { ids } from '../../page.mjs'
import { paragraphs } from '../../parts.mjs'

const Paragraph = ({ text }) => h('p', null, text)
export const Post = ({ id }) =>
  h(
    'main',
    null,
    h('h1', null, `Post ${id}`),
    paragraphs.map(({ id: key, text }) => h(Paragraph, { key, text })),
  )

const post = {
  distillParams: () => ids,
  default(event) {
    event.res.headers.set('content-type', 'text/html; charset=utf-8')
    const { id } = event.context.params
    return `<!doctype html><title>Post ${id}</title>${renderToString(h(Post, { id }))}`
  },
}
export default new H3().register(routes({ '/posts/:id/': post }))
