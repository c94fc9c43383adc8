import { defineHandler, getRouterParam } from 'h3'
import { page } from 'vite-distill/app'
import { listTagLists, listTags } from '../../db/posts.ts'
import { taggedPage } from '../../pages.ts'
import { respond } from '../../render.ts'

export const distillParams = async () =>
  (await listTagLists()).map(({ tag, version }) => page({ tag }, { cacheKey: version }))

/** What each of them shows beside its posts. */
export const distillCacheKey = async () => JSON.stringify(await listTags())

export default defineHandler(async (event) =>
  respond(await taggedPage(getRouterParam(event, 'tag', { decode: true })!)),
)
