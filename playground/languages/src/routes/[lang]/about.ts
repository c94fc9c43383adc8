import { HTTPError, defineHandler } from 'h3'
import { page } from '../../page.ts'
import { isLanguage, texts } from '../../texts.ts'

export const distill = true

export default defineHandler((event) => {
  const { lang } = event.context.params!
  if (!isLanguage(lang)) throw new HTTPError({ status: 404 })
  const { about, intro } = texts[lang]
  return page(event, { lang, title: about, body: `<p>${intro}</p>`, pathIn: (other) => `/${other}/about/` })
})
