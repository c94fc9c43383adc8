import { defineHandler } from 'h3'
import { aboutPage } from '../pages.ts'
import { respond } from '../render.ts'

export const distill = true

export default defineHandler(async () => respond(await aboutPage()))
