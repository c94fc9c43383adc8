import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cleanEnv, createApp, serverEntry, viteConfig } from '../app.ts'

describe('a running server', () => {
  it('knows what is distilled, and writes one page into the site', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ layout: 'file' }"),
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
           return renderFile(event.app, 'dist/static', '/posts/:slug', event.url.searchParams.get('slug')).catch((error) => ({ error: error.message }))
         } },`,
        "import { distilledUrls, renderFile } from 'vite-distill/app'\nlet text = 'first'",
      ),
    })
    await app.build()
    const urls = [
      { url: '/index.json', file: 'index.json' },
      { url: '/posts/a', file: 'posts/a.html' },
      { url: '/posts/b', file: 'posts/b.html' },
    ]
    expect(JSON.parse(await app.read('dist/static/index.json'))).toEqual(urls)

    const child = spawn(process.execPath, ['server.mjs'], {
      cwd: app.dir,
      env: cleanEnv(),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill())
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const ask = async (path: string) => {
      child.stdin.write(`${path}\n`)
      return JSON.parse((await lines.next()).value as string) as { status: number; text: string }
    }
    expect(JSON.parse((await ask('/index.json')).text)).toEqual(urls)
    expect(JSON.parse((await ask('/edit?slug=a&text=second')).text)).toEqual({
      url: '/posts/a',
      file: 'posts/a.html',
      changed: true,
    })
    expect(await app.read('dist/static/posts/a.html')).toContain('a second')
    expect(JSON.parse((await ask('/edit?slug=a&text=second')).text)).toMatchObject({ changed: false })
    expect(JSON.parse((await ask('/edit?slug=c/d&text=x')).text)).toEqual({
      error: expect.stringContaining('a slash does not fit'),
    })
    expect(JSON.parse((await ask('/edit?slug=new&text=third')).text)).toMatchObject({
      file: 'posts/new.html',
      changed: true,
    })

    // The manifest followed, so that the site can be published as it is.
    const manifest = await app.manifest()
    expect(manifest.get('posts/new.html')).toMatchObject({ url: '/posts/new.html', params: { slug: 'new' } })
    await app.write({
      'vite.config.ts': viteConfig(
        "{ layout: 'file', publish: { default: { backend: 'directory', path: 'www' } } }",
      ),
    })
    expect(await app.distill('publish', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await app.files('www')).toContain('posts/new.html')
  })
})
