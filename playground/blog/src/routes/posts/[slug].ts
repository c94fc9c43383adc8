import { defineHandler, getRouterParam } from 'h3'
import { page } from 'vite-distill/app'
import { listRevisions } from '../../db/posts.ts'
import { postPage } from '../../pages.ts'
import { respond } from '../../render.ts'

export const distillParams = async () =>
  (await listRevisions()).map(({ slug, version, updated }) =>
    page({ slug }, { cacheKey: version, lastmod: updated }),
  )

export default defineHandler(async (event) =>
  respond(await postPage(getRouterParam(event, 'slug', { decode: true })!)),
)
