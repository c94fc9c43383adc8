import { defineHandler, getRouterParam, HTTPError } from 'h3'
import { postPage } from '../../../pages.ts'

export { distillParams } from '../../posts/[slug].ts'

/** What the browser fetches to show a post without loading its whole page. */
export default defineHandler(async (event) => {
  const page = await postPage(getRouterParam(event, 'slug', { decode: true })!)
  if (!page) throw new HTTPError({ status: 404, message: 'There is no such post.' })
  return page
})
