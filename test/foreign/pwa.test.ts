import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from 'srvx'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { type ForeignApp, foreignApp } from './foreign-app.ts'
import { expectSameInShards } from './in-shards.ts'

const config = (plugins: string) => `import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { compression } from 'vite-plugin-compression2'
import distill from 'vite-distill'
export default defineConfig({ plugins: [${plugins}, distill()] })
`
/** As docs/frameworks.md has it. */
const recipe = `VitePWA({
  registerType: 'autoUpdate',
  workbox: {
    globPatterns: ['**/*.{js,css}'],
    navigateFallback: null,
    runtimeCaching: [
      { urlPattern: ({ request }) => request.mode === 'navigate', handler: 'NetworkFirst', options: { cacheName: 'pages' } },
    ],
  },
})`

describe('plugins that work on the client build', () => {
  let app: ForeignApp
  beforeAll(async () => {
    const packages = ['vite@8', 'h3@2', 'vite-plugin-pwa@1', 'vite-plugin-compression2@2']
    app = await foreignApp(undefined, {
      packages: [...packages, 'workbox-precaching@7', 'workbox-routing@7'],
    })
    await app.write('package.json', '{ "name": "app", "type": "module" }')
    await app.write('public/data.json', JSON.stringify(Array.from({ length: 3000 }, (_, i) => i)))
    await app.write('src/entry-client.ts', "document.title = 'client'\n")
    await app.write(
      'index.html',
      '<!doctype html><html><head><title>T</title></head><body><!--app--><script type="module" src="/src/entry-client.ts"></script></body></html>',
    )
    await app.write(
      'src/entry-server.ts',
      `import { H3 } from 'h3'
import { routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
const page = (text) =>
  new Response(template.replace('<!--app-->', '<h1>' + text + '</h1>'), { headers: { 'content-type': 'text/html' } })
export default new H3().register(
  routes({ '/': { distill: true, default: () => page('Home') }, '/about': { distill: true, default: () => page('About') } }),
)
`,
    )
    await app.write(
      'src/sw.ts',
      `import { createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
precacheAndRoute(self.__WB_MANIFEST)
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html')))
`,
    )
  })

  it.each(['VitePWA()', "VitePWA({ strategies: 'injectManifest', srcDir: 'src', filename: 'sw.ts' })"])(
    'do not publish a service worker with the template: %s',
    async (plugin) => {
      await app.write('vite.config.ts', config(plugin))
      const { exitCode, stderr } = await app.run('vite', ['build'])
      expect(exitCode).toBe(1)
      expect(stderr).toContain('the service worker `sw.js` precaches `index.html`, which was the template')
      await expect(app.read('dist/static.manifest.jsonl')).rejects.toThrow('ENOENT')
    },
  )

  it('leave no compressed template beside the pages, and the recipe for a PWA builds', async () => {
    await app.write('vite.config.ts', config(`${recipe}, compression({ threshold: 0 })`))
    const { exitCode, stdout } = await app.run('vite', ['build'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('`index.html.br`, `index.html.gz`')
    const files = await readdir(join(app.root, 'dist/static'))
    expect(files).toEqual(
      expect.arrayContaining(['index.html', 'sw.js', 'data.json', 'data.json.gz', 'data.json.br']),
    )
    expect(files.filter((file) => file.startsWith('index.html.'))).toEqual([])
    await expectSameInShards(app)
  })

  it.runIf(hasBrowser)('by the recipe, each address shows its own page, offline too', async () => {
    await app.write('vite.config.ts', config(recipe))
    expect((await app.run('vite', ['build'])).exitCode).toBe(0)
    const server = serve({
      fetch: website(join(app.root, 'dist/static')),
      port: 0,
      hostname: '127.0.0.1',
      silent: true,
    })
    onTestFinished(() => server.close(true))
    await server.ready()
    const { page } = await openBrowser()
    const heading = async (path: string) => {
      await page.goto(new URL(path, server.url).href)
      return page.textContent('h1')
    }
    expect(await heading('/')).toBe('Home')
    await page.evaluate(`navigator.serviceWorker.ready.then(
      () => navigator.serviceWorker.controller ??
        new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', () => resolve())),
    ).then(() => undefined)`)
    expect(await heading('/about/')).toBe('About')
    expect(await heading('/')).toBe('Home')
    await page.context().setOffline(true)
    expect(await heading('/about/')).toBe('About')
    expect(await heading('/')).toBe('Home')
  })
})
