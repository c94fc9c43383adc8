import { defineHandler } from 'h3'
import { notFoundPage } from '../pages.ts'
import { respond } from '../render.ts'

/** The page that a bucket returns for unknown URLs. Its own status is 404. */
export const distill = true
export const distillStatus = 404
export const distillCacheKey = async () => JSON.stringify(await notFoundPage())

export default defineHandler(() => respond(undefined))
