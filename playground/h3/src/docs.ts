import { H3, HTTPError, defineHandler } from 'h3'
import { page } from './page.ts'

const chapters: Record<string, { title: string; text: string }> = {
  clay: {
    title: 'Clay',
    text: 'Wedge it until it no longer springs back, and let it rest under a damp cloth.',
  },
  glaze: { title: 'Glaze', text: 'Two thin coats hide more than one thick coat, and run less.' },
  firing: {
    title: 'Firing & cooling',
    text: 'Slowly up, slowly down: the door stays shut below 100 °C too.',
  },
}

const list = defineHandler(() =>
  page(
    'Handbook',
    `<ul>${Object.entries(chapters)
      .map(([slug, { title }]) => `<li><a href="/docs/${slug}/">${title}</a></li>`)
      .join('')}</ul>`,
  ),
)

const chapter = defineHandler((event) => {
  const found = chapters[event.context.params!.chapter!]
  if (!found) throw new HTTPError({ status: 404 })
  return page(found.title, `<p>${found.text}</p>`)
})

/** A separate app with its own middleware. It does not know where it is mounted. */
export const docs = new H3()
  .use((event) => void event.res.headers.set('cache-control', 'public, max-age=600'))
  .get('/', list, { meta: { distill: true } })
  .get('/:chapter', chapter, { meta: { distillParams: () => Object.keys(chapters) } })
