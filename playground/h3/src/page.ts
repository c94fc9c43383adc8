import { html, raw } from 'h3'
import template from 'virtual:distill/template'

const nav = '<nav><a href="/">Kiln</a><a href="/docs/">Handbook</a><a href="/firings/">Firings</a></nav>'

/** A whole page. Functions, because `$&` in a replacement string means the placeholder. */
export const page = (title: string, body: string) =>
  html(
    raw(
      template
        .replace('<!--app-head-->', () => `<title>${title} · Kiln</title>`)
        .replace('<!--app-html-->', () => `${nav}\n<main><h1>${title}</h1>${body}</main>`),
    ),
  )
