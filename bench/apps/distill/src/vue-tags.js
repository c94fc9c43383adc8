import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { ids } from '../../page.mjs'
import { Post } from './vue.js'

const figures = (numbers) =>
  numbers.map((n) => h('img', { src: `/img/${n}.jpg`, alt: 'A still', loading: 'lazy' }))
const Illustrated = {
  props: ['id'],
  setup:
    ({ id }) =>
    () => [figures([0, 1, 2]), h(Post, { id }), figures([3, 4, 5])],
}

export default async (request) => {
  const id = request.url.split('/').at(-2)
  const html = await renderToString(createSSRApp(Illustrated, { id }))
  return new Response(`<!doctype html><title>Post ${id}</title>${html}`, {
    headers: { 'content-type': 'text/html' },
  })
}
export const distillRoutes = [{ route: '/posts/:id/', distillParams: () => ids }]
