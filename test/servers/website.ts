/** The files and settings of a website. */
export interface Website {
  index: string
  error: string | undefined
  /** The status of the redirect from `/about` to `/about/`. */
  redirectStatus: number
  find(key: string): Page | undefined
}

interface Page {
  body: Buffer
  headers: Record<string, string>
  /** Whether everybody may read it. */
  isPublic: boolean
  redirect?: string | undefined
}

/** The response of a bucket's website: an index document, a redirect or the error document. */
export function websiteResponse(site: Website, path: string, method: string): Response {
  const requested = decodeURIComponent(path.slice(1))
  const key = requested === '' || requested.endsWith('/') ? requested + site.index : requested
  const page = site.find(key)
  if (page) {
    if (!page.isPublic) return failed(403, 'AccessDenied')
    if (page.redirect !== undefined) return redirected(301, page.redirect)
    return pageResponse(page, 200, method)
  }
  if (key === requested && site.find(`${requested}/${site.index}`))
    return redirected(site.redirectStatus, `${path}/`)
  const error = site.error === undefined ? undefined : site.find(site.error)
  return error?.isPublic ? pageResponse(error, 404, method) : failed(404, 'NoSuchKey')
}

const pageResponse = ({ body, headers }: Page, status: number, method: string) =>
  new Response(method === 'HEAD' ? null : new Uint8Array(body), { status, headers })

const redirected = (status: number, location: string) =>
  new Response(null, { status, headers: { location, 'content-length': '0' } })

const failed = (status: number, code: string) =>
  new Response(`<html><head><title>${status}</title></head><body><h1>${code}</h1></body></html>\n`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
