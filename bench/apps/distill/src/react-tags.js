import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { ids } from '../../page.mjs'
import { Post } from './react.js'

const figures = (numbers) =>
  numbers.map((n) => h('img', { key: n, src: `/img/${n}.jpg`, alt: 'A still', loading: 'lazy' }))
const Illustrated = ({ id }) => [figures([0, 1, 2]), h(Post, { key: 'post', id }), figures([3, 4, 5])]

export default (request) => {
  const id = request.url.split('/').at(-2)
  const html = renderToString(h(Illustrated, { id }))
  return new Response(`<!doctype html><title>Post ${id}</title>${html}`, {
    headers: { 'content-type': 'text/html' },
  })
}
export const distillRoutes = [{ route: '/posts/:id/', distillParams: () => ids }]
