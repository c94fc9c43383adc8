import { H3, type H3Event, html, raw } from 'h3'
import { render } from 'svelte/server'
import { routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
import App from './App.svelte'

function page(path: string) {
  const { head, body } = render(App, { props: { path } })
  return html(raw(template.replace('<!--app-head-->', () => head).replace('<!--app-html-->', () => body)))
}

export default new H3().register(
  routes({
    '/': { distill: true, default: () => page('/') },
    '/hives/:name': {
      distillParams: () => ['north', 'south'],
      default: (event: H3Event) => page(`/hives/${event.context.params!.name}/`),
    },
  }),
)
