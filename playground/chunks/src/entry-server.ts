import { H3, html, raw } from 'h3'
import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
import App from './App.vue'
import { preloads } from './preloads.ts'
import { views } from './views.ts'

async function page(path: string) {
  const { title, source, load } = views[path]!
  const { default: view } = await load()
  const body = await renderToString(createSSRApp(App, { view }))
  return html(
    raw(
      template
        .replace('<!--app-head-->', () => `<title>${title}</title>`)
        // At the end, because in the browser too a view's styles load after those of every page.
        .replace('</head>', () => `${preloads(source)}</head>`)
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
