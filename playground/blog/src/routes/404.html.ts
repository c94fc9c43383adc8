import { defineHandler } from 'h3'
import { respond } from '../render.ts'

/** The page that a bucket answers unknown addresses with: it says 404 itself, so that status is expected. */
export const distill = true
export const distillStatus = 404

export default defineHandler(() => respond(undefined))
