import { H3, html, raw } from 'h3'
import { createSSRApp } from 'vue'
import { type SSRContext, renderToString } from 'vue/server-renderer'
import { routes } from 'vite-distill/app'
import { preloads } from 'virtual:distill/preloads'
import template from 'virtual:distill/template'
import App from './App.vue'
import { views } from './views.ts'

async function page(path: string) {
  const { title, load } = views[path]!
  const { default: view } = await load()
  const context: SSRContext = {}
  const body = await renderToString(createSSRApp(App, { view }), context)
  return html(
    raw(
      template
        .replace('<!--app-head-->', () => `<title>${title}</title>`)
        // At the end, because in the browser too a view's styles load after those of every page.
        .replace('</head>', () => `${preloads(context.modules)}</head>`)
        .replace('<!--app-html-->', () => body),
    ),
  )
}

export default new H3().register(
  routes(
    Object.fromEntries(
      Object.keys(views).map((path) => [path, { distill: true, default: () => page(path) }]),
    ),
  ),
)
