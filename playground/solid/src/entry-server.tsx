import { H3, html, raw } from 'h3'
import { generateHydrationScript, renderToStringAsync } from 'solid-js/web'
import { routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
import { App, titles } from './App.tsx'

async function page(path: string) {
  const body = await renderToStringAsync(() => <App path={path} />)
  return html(
    raw(
      template
        .replace('<!--app-head-->', () => `<title>${titles[path]}</title>${generateHydrationScript()}`)
        .replace('<!--app-html-->', () => body),
    ),
  )
}

export default new H3().register(
  routes({
    '/': { distill: true, default: () => page('/') },
    '/islands': { distill: true, default: () => page('/islands/') },
    '/about': { distill: true, default: () => page('/about/') },
  }),
)
