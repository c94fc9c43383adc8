// What `cdn: { html: true }` adds to rendering: to the pages of the other benches, without and with files named in them;
// to pages made of strings, which is the least that rendering can cost; and to pages of Vue and React components.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measure } from './measure.mjs'
import { newFolder } from './paths.mjs'
import { build, distilStage } from './render.mjs'

export async function cdn({ rounds, pages, wanted }) {
  const files = newFolder()
  mkdirSync(join(files, 'img'), { recursive: true })
  for (let i = 0; i < 20; i++) writeFileSync(join(files, 'img', `${i}.jpg`), `image ${i}`)
  const kinds = [
    { name: 'h3 without files', kind: 'h3' },
    { name: 'h3', kind: 'h3-tags' },
    { name: 'strings', kind: 'tags' },
    { name: 'Vue', kind: 'vue-tags' },
    { name: 'React', kind: 'react-tags' },
  ]
  const entries = []
  for (const { name, kind } of kinds) {
    const site = { pages, kind, publicDir: files }
    await build(site)
    entries.push(
      distilStage(name, { ...site }),
      distilStage(`${name}, \`cdn.html\``, { ...site, html: true }),
    )
  }
  return { pages, entries: await measure(entries.filter(wanted), rounds, { alternate: true }) }
}
