import { defineHandler } from 'h3'
import { page } from './page.ts'

export const distill = true
export const distillStatus = 404

export default defineHandler((event) => {
  event.res.status = 404
  return page('Nothing here', '<p>It may have cracked in the kiln.</p>')
})
