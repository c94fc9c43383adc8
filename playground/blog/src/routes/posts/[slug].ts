import { defineHandler, getRouterParam } from 'h3'
import { listSlugs } from '../../db/posts.ts'
import { postPage } from '../../pages.ts'
import { respond } from '../../render.ts'

export const distillParams = listSlugs

export default defineHandler(async (event) =>
  respond(await postPage(getRouterParam(event, 'slug', { decode: true })!)),
)
