import { relative, resolve, sep } from 'node:path'
import type { ViteDevServer } from 'vite'
import { contentTypeOf, htmlType } from '../content-type.ts'
import type { ResolvedOptions } from '../options.ts'
import { resolveRedirects } from '../render/redirects.ts'
import { sitemapOf } from '../render/sitemap.ts'
import type { App } from '../routes/entry.ts'
import { fileOf } from '../routes/output-file.ts'
import { listPages } from '../routes/pages.ts'
import { transformFile } from './dev-html.ts'

/**
 * What a built site has at this URL besides its pages: a redirect of the options, the sitemap, or another HTML input
 * of the client than the template. Undefined if the app is to answer.
 * @param url Without `base`
 */
export async function siteResponse(
  { pathname, search }: URL,
  server: ViteDevServer,
  options: ResolvedOptions,
  app: App,
): Promise<Response | undefined> {
  const key = keyOf(pathname, options)
  if (key === undefined) return undefined
  const redirect = (await resolveRedirects(options)).find((candidate) => candidate.key === key)
  if (redirect) return redirectTo(redirect.to, redirect.status)
  if (options.sitemap && /^sitemap(?:-\d+)?\.xml$/.test(key)) return sitemap(key, options, app)

  const inputs = htmlInputs(server)
  const path = decodeURIComponent(pathname.slice(1))
  const file = path === '' || path.endsWith('/') ? `${path}index.html` : path
  if (inputs.has(file)) return htmlFile(server, `/${file}`)
  if (inputs.has(`${file}/index.html`))
    return redirectTo(`${options.base}${pathname.slice(1)}/${search}`, 302)
  return undefined
}

/** An HTML file of the app, as Vite serves it. */
export const htmlFile = async (server: ViteDevServer, url: string): Promise<Response> =>
  new Response(await transformFile(server, url), { headers: { 'content-type': htmlType } })

/** Browsers keep a permanent redirect for ever, also after it was removed from the options. */
const redirectTo = (location: string, status: number) =>
  new Response(null, { status, headers: { location, 'cache-control': 'no-store' } })

/** The file of a URL; undefined for a URL that no file can have. */
function keyOf(pathname: string, { layout }: ResolvedOptions): string | undefined {
  try {
    return fileOf(pathname, layout)
  } catch {
    return undefined
  }
}

/** The sitemap of all HTML pages. Which of them say `noindex` is known only once they are rendered. */
async function sitemap(key: string, options: ResolvedOptions, app: App): Promise<Response | undefined> {
  const { layout, languages } = options
  const pages: { key: string; route: number; params?: Record<string, string> }[] = []
  const { routes } = await listPages(
    app.routes,
    { layout, languages, answeringRoute: app.answeringRoute },
    (page) => pages.push(page),
  )
  const listed = pages
    .filter(({ route }) => routes[route]!.status.includes(200))
    .filter((page) => contentTypeOf(page.key, htmlType) === htmlType)
    .map((page) => ({ key: page.key, lastmod: page.params?.lastmod }))
  const file = sitemapOf(listed, options, () => false).find((candidate) => candidate.key === key)
  return file && new Response(new Uint8Array(file.bytes), { headers: file.headers })
}

/** The HTML inputs of the client's build but the template, as their files in the site. */
function htmlInputs({ config: { root }, environments }: ViteDevServer): Set<string> {
  const { input = [] } = environments.client.config.build.rolldownOptions
  const files = new Set<string>()
  for (const given of typeof input === 'string' ? [input] : Object.values(input)) {
    const key = relative(root, resolve(root, given)).split(sep).join('/')
    if (key.endsWith('.html') && key !== 'index.html') files.add(key)
  }
  return files
}
