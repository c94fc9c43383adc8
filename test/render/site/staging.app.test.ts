import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createApp, viteConfig } from '../../app.ts'

describe('the folder of the site', () => {
  it('need not exist', async () => {
    const app = await createApp({ 'vite.config.ts': viteConfig("{ outDir: 'out/deep/er' }") })
    await mkdir(join(app.dir, 'out'))
    await app.build()
    expect(await app.files('out/deep/er')).toContain('index.html')
  })
})
