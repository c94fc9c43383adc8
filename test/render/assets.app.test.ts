import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../app.ts'

const withoutAssets = (files: string[]) => files.filter((file) => !file.startsWith('assets/'))

describe('assets', () => {
  it('of the client can be left out, whole or by folder', async () => {
    const files = {
      'public/drafts/a.txt': 'x',
      'public/media/raw/b.txt': 'x',
      'public/media/c.txt': 'x',
      'public/admin/d.txt': 'x',
      'public/.well-known/e.txt': 'x',
    }
    const app = await createApp({
      ...files,
      'vite.config.ts': viteConfig("{ assets: { skipDirs: ['drafts', 'media/raw'], skipAdminDirs: false } }"),
    })
    await app.build()
    expect(withoutAssets(await app.files('dist/static'))).toEqual([
      '.well-known/e.txt',
      'admin/d.txt',
      'index.html',
      'media/c.txt',
    ])
    await app.write({ 'vite.config.ts': viteConfig('{ assets: { include: false } }') })
    await app.build()
    expect(await app.files('dist/static')).toEqual(['index.html'])
  })

  it('that only the server imports are there, hashed; source maps are as Vite made them', async () => {
    const app = await createApp({
      'src/only.png': 'not really a picture',
      'src/entry-client.ts': "document.title = 'changed'\n",
      'vite.config.ts': viteConfig('{}', 'build: { assetsInlineLimit: 0, sourcemap: true }'),
      'src/entry-server.ts': serverEntry(
        "'/': { distill: true, default: () => page('<img src=\"' + only + '\">') },",
        "import only from './only.png'",
      ),
    })
    await app.build()
    const [, src] = /<img src="\/(assets\/only-[^"]+\.png)"/.exec(await app.read('dist/static/index.html'))!
    expect(await app.read(`dist/static/${src}`)).toBe('not really a picture')
    expect((await app.manifest()).get(src!)).toMatchObject({ kind: 'asset', hashed: true })
    expect(await app.files('dist/client')).toContain(src)
    const files = await app.files('dist/static')
    expect(files.filter((file) => file.endsWith('.js.map'))).toHaveLength(1)
    expect(files.filter((file) => file.includes('entry-server') || file.includes('.vite'))).toEqual([])
  })

  it('that are symbolic links are followed inside the app and refused outside', async () => {
    const app = await createApp({
      'public/real.txt': 'real',
      'shared/inner.txt': 'inner',
      'public/folder/x.txt': 'x',
    })
    await symlink('../shared/inner.txt', join(app.dir, 'public/link.txt'))
    await symlink('folder', join(app.dir, 'public/linked'))
    await app.build()
    expect(await app.read('dist/static/link.txt')).toBe('inner')
    expect(await app.read('dist/static/linked/x.txt')).toBe('x')

    const outside = await createApp()
    await writeFile(join(outside.dir, 'secret.txt'), 'secret')
    await symlink(join(outside.dir, 'secret.txt'), join(app.dir, 'public/stolen.txt'))
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('`public/stolen.txt` is a symbolic link that leads out of the app')
    expect(await app.files('dist/static')).not.toContain('stolen.txt')
    await rm(join(app.dir, 'public/stolen.txt'))
    await symlink(outside.dir, join(app.dir, 'public/folder/out'))
    expect((await app.vite('build')).output).toContain(
      '`public/folder/out` is a symbolic link that leads out of the app',
    )
  })
})
