// What the audit of links adds to distilling: pages of Vue and React components with 50 links each, pages made of strings
// with 84, which is the least that rendering can cost, and pages of h3 without any.
import { measure } from './measure.mjs'
import { build, distilStage } from './render.mjs'

export async function links({ rounds, pages, wanted }) {
  const kinds = [
    { name: 'h3 without links', kind: 'h3' },
    { name: 'strings', kind: 'tags' },
    { name: 'Vue', kind: 'vue-links' },
    { name: 'React', kind: 'react-links' },
  ]
  const entries = []
  for (const { name, kind } of kinds) {
    const site = { pages, kind }
    await build(site)
    entries.push(
      distilStage(`${name}, \`links: false\``, { ...site, links: false }),
      distilStage(name, { ...site }),
    )
  }
  return { pages, entries: await measure(entries.filter(wanted), rounds, { alternate: true }) }
}
