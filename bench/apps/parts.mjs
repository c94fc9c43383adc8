/** What pages made of components consist of: as many paragraphs as make 8 kB. */
export const paragraphs = Array.from({ length: 90 }, (_, i) => ({
  id: `p${i}`,
  text: `Paragraph ${i}: in large old houses the still room was for lavender.`,
}))
