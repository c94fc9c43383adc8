import { expect, it } from 'vitest'
import { createApp, serverEntry } from '../../app.ts'

it('leaves no record of a build whose bundle was written while it rendered', async () => {
  const app = await createApp({
    'src/entry-server.ts': serverEntry(
      `'/': { distill: true, distillCacheKey: 'same', default: () => {
        if (existsSync('rebuild')) writeFileSync('dist/server/chunk.js', 'rebuilt')
        return page('home')
      } },`,
      "import { existsSync, writeFileSync } from 'node:fs'",
    ),
    rebuild: '',
  })
  await app.build()
  expect(await app.files('dist')).not.toContain('static.cache.jsonl')
  await app.write({ 'dist/server/chunk.js': 'rebuilt' })
  expect((await app.distill('render')).stdout).toContain(
    'rendered all pages: the last build left no record of its pages',
  )
  expect((await app.distill('render')).stdout).toContain('rendered 0, kept 1 (1 of them audited)')
})
