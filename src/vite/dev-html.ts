import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ViteDevServer } from 'vite'
import { isHtmlType } from '../content-type.ts'

/**
 * An HTML file of the app, with Vite's client, what plugins add, and addresses under `base`.
 * @param url Of the file, without `base`: `/index.html`
 */
export const transformFile = async (server: ViteDevServer, url: string): Promise<string> =>
  // Given as the original URL, too: Vite then completes relative addresses in `index.html`, which pages everywhere get.
  server.transformIndexHtml(url, await readFile(join(server.config.root, url), 'utf8'), url)

/** Where the elements go: the template has them, so this is for pages that an app makes without it. */
const places = [/<head(?:\s[^>]*)?>/i, /<html(?:\s[^>]*)?>/i, /<!doctype\s[^>]*>/i]

/**
 * Adds Vite's client and the elements of plugins to the head of an HTML page that does not have them. All else stays
 * as the app made it: its addresses have `base` already. Parts of pages and compressed pages stay as they are.
 */
export async function addClient(server: ViteDevServer, url: string, response: Response): Promise<Response> {
  const { headers, status } = response
  if (!isHtmlType(headers.get('content-type') ?? undefined)) return response
  if (headers.has('content-encoding') || response.body === null) return response
  const page = await response.text()
  const place = page.includes('/@vite/client') ? undefined : places.find((pattern) => pattern.test(page))
  const changed = new Headers(headers)
  changed.delete('content-length')
  if (place === undefined) return new Response(page, { status, headers: changed })
  const [, elements = ''] =
    /<head>([^]*)<\/head>/.exec(await server.transformIndexHtml(url, '<head></head>')) ?? []
  return new Response(
    page.replace(place, (found) => found + elements),
    { status, headers: changed },
  )
}
