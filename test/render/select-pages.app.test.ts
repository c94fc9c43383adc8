import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createApp } from '../app.ts'

const withoutAssets = (files: string[]) => files.filter((file) => !file.startsWith('assets/'))

describe('vite-distill render', () => {
  it('distils anew without building, whole or in part', async () => {
    const entry = (text: string) => `import { readFileSync } from 'node:fs'
const text = readFileSync('text.txt', 'utf8')
const slugs = readFileSync('slugs.txt', 'utf8').trim().split(' ')
export default ({ url }) => new Response('<!doctype html>' + new URL(url).pathname + ' ' + text, { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [{ route: '/' }, { route: '/posts/:slug', distillParams: () => slugs }] // ${text}`
    const app = await createApp({ 'src/entry-server.ts': entry(''), 'text.txt': 'one', 'slugs.txt': 'a b' })
    expect(await app.distill('render', '--only', '*')).toMatchObject({ exitCode: 2 })
    await app.build()
    await app.write({ 'text.txt': 'two', 'slugs.txt': 'b c' })
    const part = await app.distill('render', '--only', 'posts/*')
    expect(part).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 new, 1 changed, 3 unchanged, 1 removed'),
    })
    expect(await app.read('dist/static/index.html')).toContain('one')
    expect(await app.read('dist/static/posts/b/index.html')).toContain('two')
    expect(withoutAssets(await app.files('dist/static'))).toEqual([
      'index.html',
      'posts/b/index.html',
      'posts/c/index.html',
    ])

    expect(await app.distill('render', '--json')).toMatchObject({ exitCode: 0 })
    expect(await app.read('dist/static/index.html')).toContain('two')
    expect(await app.distill('render', '--only', 'nope')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no page matches `--only nope`'),
    })

    await app.write({ 'text.txt': 'three' })
    await rm(join(app.dir, 'slugs.txt'))
    const failed = await app.distill('render')
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the server entry threw while it was loaded'),
    })
    expect(await app.read('dist/static/index.html')).toContain('two')
  })
})
