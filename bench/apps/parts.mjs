import { pages } from './page.mjs'

/** The paragraphs of the pages that are made of components, 7 kB in all. */
export const paragraphs = Array.from({ length: 90 }, (_, i) => ({
  id: `p${i}`,
  text: `Paragraph ${i}: in large old houses the still room was for lavender.`,
}))

/** Fifty links to other pages. */
export const linksOf = (id) =>
  Array.from({ length: 50 }, (_, n) => {
    const to = (Number(id) + 7 * n) % pages
    return { href: `/posts/${to}/`, text: `Post ${to}` }
  })
