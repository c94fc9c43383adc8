import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { copyPlayground } from '../app.ts'
import { hasBrowser, keepServed, openBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'

/** What a visitor does on pages of each playground, and what they show then. */
const visits: Record<string, Record<string, (page: Page) => Promise<void>>> = {
  hono: {
    '': async (page) => {
      await page.fill('#filter', 'sa')
      await expect.poll(() => page.locator('li:visible').allTextContents()).toEqual(['Sage'])
    },
  },
  react: {
    '': (page) => counts(page, '1 newts counted'),
    // A lazy route.
    'gallery/': (page) => counts(page, '1 newts counted'),
  },
  svelte: { 'hives/north/': (page) => counts(page, '1 frames inspected') },
  solid: { 'islands/': (page) => counts(page, '1 tickets') },
  'render-url': { 'moss/': (page) => counts(page, 'Count: 1') },
  chunks: { 'map/': (page) => counts(page, '1 stages walked') },
}

async function counts(page: Page, then: string): Promise<void> {
  // A click before hydration is lost, as it would be for a visitor.
  await expect
    .poll(async () => {
      const button = page.locator('button')
      if ((await button.textContent()) !== then) await button.click()
      return button.textContent()
    })
    .toBe(then)
}

describe.skipIf(!hasBrowser)('pages become interactive, with nothing in the console', () => {
  it.each(Object.keys(visits))('%s', async (name) => {
    const app = await copyPlayground(name)
    await app.build()
    const site = await serving(website(join(app.dir, 'dist/static')))
    const { page, errors } = await openBrowser()
    await page.addInitScript(keepServed)
    for (const [path, act] of Object.entries(visits[name]!)) {
      const requests: string[] = []
      const listen = (request: { url(): string }) => void requests.push(request.url())
      page.on('request', listen)
      await page.goto(site + path)
      await act(page)
      expect(errors).toEqual([])
      // Hydrated, not rendered again: some frameworks repair a mismatch silently.
      expect(await page.evaluate('served.filter((element) => !element.isConnected).length')).toBe(0)
      // No file is requested twice: the preloaded ones are used.
      expect(requests).toEqual([...new Set(requests)])
      page.off('request', listen)
    }
  })
})
