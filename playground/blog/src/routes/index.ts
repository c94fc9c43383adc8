import { defineHandler } from 'h3'
import { listPage } from '../pages.ts'
import { respond } from '../render.ts'

export const distill = true

export default defineHandler(async () => respond(await listPage(1)))
