import { ids, page } from '../../../../../page.mjs'

// Just the page, as the others make it: nothing for the browser to run.
export const csr = false
export const prerender = true
export const trailingSlash = 'always'
export const entries = () => ids.map((id) => ({ id }))
export const load = ({ params }) => ({ html: page(Number(params.id)) })
