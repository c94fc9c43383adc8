import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ManifestFile, readManifest } from '../../src/manifest.ts'
import { cleanEnv, createApp, serverEntry, viteConfig } from '../app.ts'

/** The options of the plugin in both configs. */
const options =
  "layout: 'file', transform: ({ url, text }) => (url.endsWith('.json') ? undefined : { body: text() + '<!-- transformed -->' })"

describe('a running server', () => {
  it('knows what is distilled, and writes one page into the site', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig(`{ ${options} }`),
      'server.mjs': `import app from './dist/server/entry-server.js'
import { createInterface } from 'node:readline'
for await (const line of createInterface(process.stdin)) {
  const response = await app.fetch(new Request('http://localhost' + line))
  console.log(JSON.stringify({ status: response.status, text: await response.text() }))
}`,
      'src/entry-server.ts': serverEntry(
        `'/index.json': { distill: true, default: (event) => distilledUrls(event.app) },
         '/posts/:slug': { default: (event) => page(event.context.params.slug + ' ' + text), distillParams: () => ['a', 'b'] },
         '/edit': { default: async (event) => {
           text = event.url.searchParams.get('text')
           return write(event.app, event.url.searchParams.get('slug')).catch((error) => ({ error: error.message }))
         } },
         '/without-transform': { default: (event) => renderFile(event.app, 'dist/static', '/posts/:slug', 'a').catch((error) => ({ error: error.message })) },
         '/import': { default: async (event) => {
           text = event.url.searchParams.get('name')
           await Promise.all(Array.from({ length: 20 }, (_, i) => [write(event.app, text + i), write(event.app, 'shared')]).flat())
           return {}
         } },`,
        `import { distilledUrls, renderFile } from 'vite-distill/app'
let text = 'first'
const transform = ({ text }) => ({ body: text() + '<!-- transformed -->' })
const write = (app, slug) => renderFile(app, 'dist/static', '/posts/:slug', slug, { transform })`,
      ),
    })
    await app.build()
    const urls = [
      { url: '/index.json', file: 'index.json' },
      { url: '/posts/a', file: 'posts/a.html' },
      { url: '/posts/b', file: 'posts/b.html' },
    ]
    expect(JSON.parse(await app.read('dist/static/index.json'))).toEqual(urls)

    const start = () => {
      const child = spawn(process.execPath, ['server.mjs'], {
        cwd: app.dir,
        env: cleanEnv(),
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill())
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      return async (path: string) => {
        child.stdin.write(`${path}\n`)
        return JSON.parse((await lines.next()).value as string) as { status: number; text: string }
      }
    }
    const ask = start()
    expect(JSON.parse((await ask('/index.json')).text)).toEqual(urls)
    expect(JSON.parse((await ask('/edit?slug=a&text=second')).text)).toEqual({
      url: '/posts/a',
      file: 'posts/a.html',
      changed: true,
    })
    expect(await app.read('dist/static/posts/a.html')).toMatch(/a second.*<!-- transformed -->$/s)
    expect(JSON.parse((await ask('/without-transform')).text)).toEqual({
      error: '`renderFile()` needs the option `transform`: the build changes its pages with it',
    })
    expect(JSON.parse((await ask('/edit?slug=a&text=second')).text)).toMatchObject({ changed: false })
    expect(JSON.parse((await ask('/edit?slug=c/d&text=x')).text)).toEqual({
      error: expect.stringContaining('a slash does not fit'),
    })
    expect(JSON.parse((await ask('/edit?slug=new&text=third')).text)).toMatchObject({
      file: 'posts/new.html',
      changed: true,
    })

    // Several servers write at once, and none loses the line of another.
    const manifest = await app.read('dist/static.manifest.jsonl')
    const names = ['x', 'y', 'z']
    const asking = [ask, start(), start()].map((other, i) => other(`/import?name=${names[i]}`))
    for (const { status } of await Promise.all(asking)) expect(status).toBe(200)
    expect(await app.read('dist/static.manifest.jsonl')).toBe(manifest)
    const files = new Map<string, ManifestFile>()
    for await (const file of (await readManifest(join(app.dir, 'dist/static.manifest.jsonl'))).files())
      files.set(file.key, file)
    expect([...files.keys()]).toEqual(await app.files('dist/static'))
    expect(files.get('posts/new.html')).toMatchObject({ url: '/posts/new.html', params: { slug: 'new' } })
    expect(files.size).toBe(4 + 2 + 3 * 20 + 1)

    // The site can be published as it is, and the next build takes what is left of it as its own.
    await app.write({
      'vite.config.ts': viteConfig(
        `{ ${options}, publish: { default: { backend: 'directory', path: 'www' } } }`,
      ),
    })
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await app.files('www')).toContain('posts/new.html')
    expect((await app.distill('render', '--only', 'posts/a')).stderr).not.toContain('did not write')
    expect((await app.manifest()).get('posts/new.html')).toEqual(files.get('posts/new.html'))
    expect((await app.files('dist')).filter((path) => /journal|tmp/.test(path))).toEqual([])
  })
})
