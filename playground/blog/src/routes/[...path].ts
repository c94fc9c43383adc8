import { defineHandler } from 'h3'
import { respond } from '../render.ts'

/** Everything that no other route knows. It exports nothing that distils it. */
export default defineHandler(() => respond(undefined))
