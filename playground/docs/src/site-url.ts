import { posix } from 'node:path'
import { kindOf, web } from './repository.ts'

/** The texts beside `docs/` that are pages of the site, too. */
const besideDocs = new Set(['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'])

/** Whether a file of the repository is a page of the documentation. */
export const isPage = (file: string): boolean =>
  besideDocs.has(file) || (file.startsWith('docs/') && file.endsWith('.md'))

/** The folder that a page is the overview of, whether or not it is there. */
export const overviewOf = (file: string): string => file.replace(/(\/README)?\.md$/, '/')

/** `docs/backends/s3.md` → `/backends/s3/`, `docs/guides/README.md` → `/guides/`, `CHANGELOG.md` → `/changelog/` */
export const urlOf = (file: string): string =>
  file === 'README.md'
    ? '/'
    : `/${overviewOf(file)
        .replace(/^docs\//, '')
        .toLowerCase()}`

/** The folder of the site that holds the images of `docs/`. */
export const images = '/images/'

/** Where a link of a Markdown file leads on the site: to a page, to an image, or to a file of the repository on the web. */
export function siteUrl(href: string, from: string): string {
  if (/^([a-z][a-z\d+.-]*:|\/\/|#|$)/i.test(href)) return href
  const [, path, hash] = /^([^#]*)(.*)$/.exec(href)!
  const file = posix.join(posix.dirname(from), decodeURI(path!)).replace(/\/$/, '')
  const kind = kindOf(file)
  if (kind === undefined) throw new Error(`\`${from}\` links to \`${href}\`, and there is no \`${file}\`.`)
  if (isPage(file) || file === 'README.md') return urlOf(file) + hash
  if (file.startsWith('docs/') && file.endsWith('.svg')) return images + file.slice('docs/'.length)
  return `${web()}/${kind}/main/${encodeURI(file)}${hash}`
}
