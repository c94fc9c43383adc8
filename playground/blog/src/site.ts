/** The site's name and address. The address is fixed, so that a page has the same bytes on every host. */
export const site = {
  name: 'The Still Room',
  url: 'https://still-room.example',
  description: 'Notes on bread, tea, ink and the other things that take their time.',
}

// Page addresses end in a slash: a bucket serves `about/index.html` as `/about/` and redirects `/about` to it.
export const listPath = (page: number) => (page === 1 ? '/' : `/page/${page}/`)
export const postPath = (slug: string) => `/posts/${encodeURIComponent(slug)}/`
export const postDataPath = (slug: string) => `/api/posts/${encodeURIComponent(slug)}.json`
export const tagPath = (tag: string) => `/tags/${encodeURIComponent(tag)}/`
