import { H3 } from 'h3'
import { renderToReadableStream } from 'react-dom/server'
import { isDistilling, routes } from 'vite-distill/app'
import template from 'virtual:distill/template'
import { App, type AppProps, titles } from './App.tsx'

/** Slow, like a database. */
async function listSightings(): Promise<string[]> {
  await new Promise((resolve) => setTimeout(resolve, 20))
  return ['Two smooth newts', 'A heron, unwelcome', 'Water boatmen']
}

async function page(props: AppProps): Promise<Response> {
  const errors: unknown[] = []
  const stream = await renderToReadableStream(<App {...props} />, {
    onError: (error) => void errors.push(error),
  })
  if (isDistilling()) {
    // A file has its content in place, where a stream has the fallback first. An error that React would leave to
    // the browser fails the build.
    await stream.allReady
    if (errors.length > 0) throw errors[0]
  }
  const html = template.replace('<!--app-head-->', () => `<title>${titles[props.path]}</title>`)
  return new Response(within(html, stream), { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** The template with the stream in the place of its placeholder. */
function within(html: string, stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const [before, after] = html.split('<!--app-html-->').map((part) => new TextEncoder().encode(part))
  return stream.pipeThrough(
    new TransformStream({
      start: (controller) => controller.enqueue(before),
      flush: (controller) => controller.enqueue(after),
    }),
  )
}

export default new H3().register(
  routes({
    '/': { distill: true, default: () => page({ path: '/', sightings: listSightings() }) },
    '/gallery': { distill: true, default: () => page({ path: '/gallery/' }) },
    '/about': { distill: true, default: () => page({ path: '/about/' }) },
    '/sightings.json': { distill: true, default: listSightings },
  }),
)
