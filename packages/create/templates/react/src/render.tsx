import { renderToReadableStream, renderToStaticMarkup } from 'react-dom/server'
import { App } from './App.tsx'
import type { Page } from './page.ts'

/** A page as HTML, whole: it waits for everything behind `<Suspense>`, and an error there is an error of the page. */
export async function render(page: Page): Promise<{ head: string; body: string }> {
  const errors: unknown[] = []
  const stream = await renderToReadableStream(<App page={page} />, {
    onError: (error) => void errors.push(error),
  })
  await stream.allReady
  if (errors.length > 0) throw errors[0]
  return {
    head: renderToStaticMarkup(<title>{page.title}</title>),
    body: await new Response(stream).text(),
  }
}
