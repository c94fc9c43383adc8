import { defineHandler } from 'h3'
import { aboutPage } from '../pages.ts'
import { respond } from '../render.ts'

export const distill = true
export const distillCacheKey = async () => JSON.stringify(await aboutPage())

export default defineHandler(async () => respond(await aboutPage()))
