import { render as renderComponent } from 'svelte/server'
import App from './App.svelte'
import type { Page } from './page.ts'

/** A page as HTML. */
export async function render(page: Page): Promise<{ head: string; body: string }> {
  return renderComponent(App, { props: { page } })
}
