import { defineHandler, html, raw } from 'h3'
import template from 'virtual:distill/template'
import { languages, texts } from '../texts.ts'

export const distill = true

/** Without a language: the page that lets the visitor choose one. */
export default defineHandler(() => {
  const links = languages.map(
    (lang) => `<li><a href="/${lang}/" hreflang="${lang}">${texts[lang].language}</a></li>`,
  )
  return html(
    raw(
      template
        .replace('<!--app-head-->', '<title>Tea · Thé · Tee</title>')
        .replace('<!--app-html-->', `<h1>Tea · Thé · Tee</h1><ul>${links.join('')}</ul>`),
    ),
  )
})
