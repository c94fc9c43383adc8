import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { ids } from '../../page.mjs'
import { linksOf } from '../../parts.mjs'
import { Post } from './vue.js'

const Linked = {
  props: ['id'],
  setup:
    ({ id }) =>
    () => [linksOf(id).map(({ href, text }) => h('a', { href }, text)), h(Post, { id })],
}

export default async (request) => {
  const id = request.url.split('/').at(-2)
  const html = await renderToString(createSSRApp(Linked, { id }))
  return new Response(`<!doctype html><title>Post ${id}</title>${html}`, {
    headers: { 'content-type': 'text/html' },
  })
}
export const distillRoutes = [{ route: '/posts/:id/', distillParams: () => ids }]
