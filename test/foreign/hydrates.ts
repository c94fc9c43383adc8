import { expect } from 'vitest'
import { keepServed, openBrowser } from '../browser.ts'

/** Checks that the button of a page counts clicks, on the elements that were served, with nothing in the console. */
export async function hydrates(url: string): Promise<void> {
  const { page, errors } = await openBrowser()
  await page.addInitScript(keepServed)
  await page.goto(url)
  const counter = page.locator('button')
  // A click before hydration is lost, as it would be for a visitor.
  await expect
    .poll(async () => {
      await counter.click()
      return counter.textContent()
    })
    .toMatch(/[1-9]/)
  expect(errors).toEqual([])
  // Hydrated, not rendered again: some frameworks repair a mismatch silently.
  expect(await page.evaluate('served.filter((element) => !element.isConnected).length')).toBe(0)
}
