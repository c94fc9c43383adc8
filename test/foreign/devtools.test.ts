import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hasBrowser, openBrowser } from '../browser.ts'
import { start } from '../start.ts'
import { foreignApp } from './foreign-app.ts'

const entry = (params: string) => `import template from 'virtual:distill/template'
export default { fetch: () => new Response(template, { headers: { 'content-type': 'text/html' } }) }
export const distillRoutes = [{ route: '/' }, { route: '/posts/:slug', distillParams: () => ${params} }]
`

it.runIf(hasBrowser)(
  'the page of the dev server is a dock of Vite DevTools, and shows what is saved',
  async () => {
    const app = await foreignApp(undefined, { packages: ['vite@8', '@vitejs/devtools@0.8'] })
    await app.write('package.json', '{ "name": "app", "type": "module" }')
    await app.write(
      'index.html',
      '<!doctype html><html><head><title>App</title></head><body>App</body></html>',
    )
    await app.write('src/entry-server.ts', entry("['first']"))
    await app.write(
      'vite.config.ts',
      `import distill from 'vite-distill'
export default { base: '/docs/', devtools: { clientAuth: false }, plugins: [distill()] }
`,
    )
    const vite = join(app.root, 'node_modules/vite/bin/vite.js')
    const origin = await start({ dir: app.root, env: {} }, vite, '--port', '0', '--host', '127.0.0.1')
    const { page } = await openBrowser()
    await page.goto(`${origin}/docs/`)
    // The dock opens under the pointer.
    await page.locator('#devframes-dock-container').hover()
    await page.getByRole('button', { name: 'Distill' }).click()
    const frame = page.frameLocator('iframe[src*="/docs/__distill/"]')
    await frame.getByText('/posts/:slug').first().waitFor()

    // On its own, the page stays where it is while a save reloads the app.
    await page.goto(`${origin}/docs/__distill/`)
    await page.getByText('/posts/:slug').first().waitFor()
    const error = page.getByText('no such table')
    const save = async () => {
      await app.write('src/entry-server.ts', entry("{ throw new Error('no such table') }"))
      return error.count()
    }
    // Vite's watcher misses a write that comes before it has read the folder.
    await expect.poll(save, { timeout: 30_000, interval: 1000 }).toBeGreaterThan(0)
  },
)
