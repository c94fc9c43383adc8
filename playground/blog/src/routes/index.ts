import { defineHandler } from 'h3'
import { listPage } from '../pages.ts'
import { respond } from '../render.ts'

export const distill = true
export const distillCacheKey = async () => JSON.stringify(await listPage(1))

export default defineHandler(async () => respond(await listPage(1)))
