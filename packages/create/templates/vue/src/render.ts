import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import App from './App.vue'
import { escape } from './escape.ts'
import type { Page } from './page.ts'

/** A page as HTML. */
export async function render(page: Page): Promise<{ head: string; body: string }> {
  return {
    head: `<title>${escape(page.title)}</title>`,
    body: await renderToString(createSSRApp(App, { page })),
  }
}
