import { HTTPError, defineHandler } from 'h3'
import { page } from '../../page.ts'
import { isLanguage, texts } from '../../texts.ts'

/** One page for each language. */
export const distill = true

export default defineHandler((event) => {
  const { lang } = event.context.params!
  if (!isLanguage(lang)) throw new HTTPError({ status: 404 })
  const { title, intro, teas } = texts[lang]
  const list = Object.values(teas).map(
    ({ slug, name }) => `<li><a href="/${lang}/${encodeURI(slug)}/">${name}</a></li>`,
  )
  return page(event, {
    lang,
    title,
    body: `<p>${intro}</p><ul>${list.join('')}</ul>`,
    pathIn: (other) => `/${other}/`,
  })
})
