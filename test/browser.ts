import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Page, chromium } from 'playwright-core'
import { onTestFinished } from 'vitest'

/** The system's Chromium or Chrome: playwright-core brings no browser. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)

/** Whether there is a browser to test with. CI sets `VITE_DISTILL_BROWSER` and fails without one. */
export const hasBrowser = executablePath !== undefined
if (!hasBrowser && process.env.VITE_DISTILL_BROWSER === 'required')
  throw new Error('Chromium is not installed.')
if (!hasBrowser) console.warn('Chromium is not installed: the browser tests are skipped.')

/** An init script: keeps the elements that the server sent, before any module of the page runs. */
export const keepServed = `document.addEventListener('readystatechange', () => {
  served = [...document.querySelectorAll('body :not(script)')]
}, { once: true })`

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page of a headless browser with an empty profile, and the errors and warnings of its console. It is closed after the test. */
export async function openBrowser(): Promise<{ page: Page; errors: string[] }> {
  const profile = await mkdtemp(join(tmpdir(), 'vite-distill-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executablePath!,
    headless: true,
    args: flags,
  })
  onTestFinished(async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on(
    'console',
    (message) => ['error', 'warning'].includes(message.type()) && errors.push(message.text()),
  )
  page.on('pageerror', (error) => errors.push(String(error)))
  return { page, errors }
}
