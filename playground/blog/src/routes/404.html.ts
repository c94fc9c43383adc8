import { defineHandler } from 'h3'
import { respond } from '../render.ts'

/** The page that a bucket returns for unknown URLs. Its own status is 404. */
export const distill = true
export const distillStatus = 404

export default defineHandler(() => respond(undefined))
