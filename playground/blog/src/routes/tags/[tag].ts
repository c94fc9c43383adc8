import { defineHandler, getRouterParam } from 'h3'
import { listTags } from '../../db/posts.ts'
import { taggedPage } from '../../pages.ts'
import { respond } from '../../render.ts'

export const distillParams = async () => (await listTags()).map(({ name }) => ({ tag: name }))

export default defineHandler(async (event) =>
  respond(await taggedPage(getRouterParam(event, 'tag', { decode: true })!)),
)
