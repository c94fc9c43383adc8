import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { ids } from '../../page.mjs'
import { linksOf } from '../../parts.mjs'
import { Post } from './react.js'

const Linked = ({ id }) => [
  linksOf(id).map(({ href, text }) => h('a', { key: href, href }, text)),
  h(Post, { key: 'post', id }),
]

export default (request) => {
  const id = request.url.split('/').at(-2)
  const html = renderToString(h(Linked, { id }))
  return new Response(`<!doctype html><title>Post ${id}</title>${html}`, {
    headers: { 'content-type': 'text/html' },
  })
}
export const distillRoutes = [{ route: '/posts/:id/', distillParams: () => ids }]
