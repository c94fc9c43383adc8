import { escape, generateHydrationScript, renderToStringAsync } from 'solid-js/web'
import { App } from './App.tsx'
import type { Page } from './page.ts'

/** A page as HTML. It waits for every resource and puts its data into the page. */
export async function render(page: Page): Promise<{ head: string; body: string }> {
  return {
    head: `<title>${escape(page.title)}</title>${generateHydrationScript()}`,
    body: await renderToStringAsync(() => <App page={page} />),
  }
}
