/// <reference types="vite-distill/client" />
import { defineHandler, H3, html, raw } from 'h3'
import template from 'virtual:distill/template'
import { routes } from 'vite-distill/app'

const page = (text: string) => html(raw(template.replace('<!--app-->', () => `<h1>${text}</h1>`)))

export default new H3().register(
  routes({
    '/': { distill: true, default: defineHandler(() => page('Distilled')) },
    '/now': { default: defineHandler(() => page(new Date().toISOString())) },
  }),
)
