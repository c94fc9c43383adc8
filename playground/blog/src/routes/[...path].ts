import { defineHandler } from 'h3'
import { respond } from '../render.ts'

/** Every other URL. It exports no `distill` and stays on the server. */
export default defineHandler(() => respond(undefined))
