import { ids, page } from '../../../../../page.mjs'

// Only the page, as the other tools make it: no script for the browser.
export const csr = false
export const prerender = true
export const trailingSlash = 'always'
export const entries = () => ids.map((id) => ({ id }))
export const load = ({ params }) => ({ html: page(Number(params.id)) })
