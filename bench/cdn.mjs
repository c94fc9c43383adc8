// What `cdn: { html: true }` adds to rendering. A page of strings is the least that rendering can cost: with a
// framework the share is smaller.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measure } from './measure.mjs'
import { newFolder } from './paths.mjs'
import { build, distilStage } from './render.mjs'

export async function cdn({ rounds, pages, wanted }) {
  const files = newFolder()
  mkdirSync(join(files, 'img'), { recursive: true })
  for (let i = 0; i < 20; i++) writeFileSync(join(files, 'img', `${i}.jpg`), `image ${i}`)
  const site = { pages, kind: 'tags', publicDir: files }
  await build(site)
  const entries = [
    distilStage('as the app made them', { ...site }),
    distilStage('`cdn.html`', { ...site, html: true }),
  ]
  return { pages, entries: await measure(entries.filter(wanted), rounds) }
}
