import { defineHandler } from 'h3'
import { page } from './page.ts'

export const distill = true

export default defineHandler(() =>
  page('A small kiln, well kept', '<p>How ours is packed, fired and opened. Start with the handbook.</p>'),
)
