/** What a website is made of. */
export interface Website {
  index: string
  error: string | undefined
  /** The status that leads from `/about` to `/about/`. */
  redirectStatus: number
  find(key: string): Page | undefined
}

export interface Page {
  body: Buffer
  headers: Record<string, string>
  /** Whether anybody may read it. */
  isPublic: boolean
  redirect?: string | undefined
}

/** What the website address of a bucket answers: index documents, redirects, the error document. */
export function websiteAnswer(site: Website, path: string, method: string): Response {
  const asked = decodeURIComponent(path.slice(1))
  const key = asked === '' || asked.endsWith('/') ? asked + site.index : asked
  const page = site.find(key)
  if (page) {
    if (!page.isPublic) return failed(403, 'AccessDenied')
    if (page.redirect !== undefined) return redirected(301, page.redirect)
    return answer(page, 200, method)
  }
  if (key === asked && site.find(`${asked}/${site.index}`)) return redirected(site.redirectStatus, `${path}/`)
  const error = site.error === undefined ? undefined : site.find(site.error)
  return error?.isPublic ? answer(error, 404, method) : failed(404, 'NoSuchKey')
}

const answer = ({ body, headers }: Page, status: number, method: string) =>
  new Response(method === 'HEAD' ? null : new Uint8Array(body), { status, headers })

const redirected = (status: number, location: string) =>
  new Response(null, { status, headers: { location, 'content-length': '0' } })

const failed = (status: number, code: string) =>
  new Response(`<html><head><title>${status}</title></head><body><h1>${code}</h1></body></html>\n`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
