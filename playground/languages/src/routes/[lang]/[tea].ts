import { HTTPError, defineHandler } from 'h3'
import { page } from '../../page.ts'
import { type Language, isLanguage, texts } from '../../texts.ts'

/** Called once for each language, because each has its own URLs. */
export const distillParams = ({ lang }: { lang: Language }) =>
  Object.values(texts[lang].teas).map(({ slug }) => ({ tea: slug }))

export default defineHandler((event) => {
  const { lang, tea } = event.context.params!
  if (!isLanguage(lang)) throw new HTTPError({ status: 404 })
  const found = Object.entries(texts[lang].teas).find(([, { slug }]) => slug === decodeURIComponent(tea!))
  if (!found) throw new HTTPError({ status: 404 })
  const [id, { name, text }] = found
  return page(event, {
    lang,
    title: name,
    body: `<p>${text}</p>`,
    pathIn: (other) => `/${other}/${texts[other].teas[id]!.slug}/`,
  })
})
