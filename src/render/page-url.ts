/** The canonical path of a file of the site: what a static host serves it under, `base` included. */
export function fileUrl(key: string, base: string): string {
  const path = key.replace(/(^|\/)index\.html$/, '$1')
  return base + path.split('/').map(encodeURIComponent).join('/')
}
