/** The paragraphs of the pages that are made of components, 8 kB in all. */
export const paragraphs = Array.from({ length: 90 }, (_, i) => ({
  id: `p${i}`,
  text: `Paragraph ${i}: in large old houses the still room was for lavender.`,
}))
