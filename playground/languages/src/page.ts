import { type H3Event, html, raw } from 'h3'
import template from 'virtual:distill/template'
import { type Language, languages, texts } from './texts.ts'

interface Page {
  lang: Language
  title: string
  body: string
  /** The address of this page in a language. */
  pathIn(lang: Language): string
}

/** A page that names its language and links to the others, for search engines and for people. */
export function page(event: H3Event, { lang, title, body, pathIn }: Page) {
  event.res.headers.set('content-language', lang)
  const url = (path: string) => new URL(path, event.url).href
  const alternates = [
    ...languages.map((other) => [other, pathIn(other)] as const),
    // The page that lets the visitor choose.
    ['x-default', '/'] as const,
  ].map(([other, path]) => `<link rel="alternate" hreflang="${other}" href="${url(path)}">`)
  const links = languages.map(
    (other) => `<a href="${encodeURI(pathIn(other))}" hreflang="${other}">${texts[other].language}</a>`,
  )
  const home = `<a href="/${lang}/">${texts[lang].title}</a>`
  const about = `<a href="/${lang}/about/">${texts[lang].about}</a>`
  return html(
    raw(
      template
        .replace('<html lang="en">', `<html lang="${lang}">`)
        .replace('<!--app-head-->', () => [`<title>${title}</title>`, ...alternates].join('\n    '))
        .replace(
          '<!--app-html-->',
          () =>
            `<nav>${home}${about}</nav>\n<h1>${title}</h1>${body}\n<footer><nav>${links.join('')}</nav></footer>`,
        ),
    ),
  )
}
