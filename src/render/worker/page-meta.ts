import { isHtmlType } from '../../content-type.ts'
import { hasNoindexElement, isNoindex } from '../../html/noindex.ts'
import type { Rendered } from '../messages.ts'

/** Bytes from the start that are searched for a doctype and a robots `<meta>`. */
export const headBytes = 1 << 16

/**
 * Adds what the page's headers and the start of its body say about it.
 * @param body The whole body, or at least its first {@link headBytes}
 */
export function addPageMeta(page: Rendered, body: Uint8Array): void {
  if (page.redirect) return
  const warn = (warning: string) => (page.warnings ??= []).push(warning)
  const type = page.headers['content-type'] ?? ''
  if (body.byteLength === 0 && page.status === 200) warn('its body is empty')
  if (isNoindex(page.headers['x-robots-tag'])) page.noindex = true
  if (!isHtmlType(type) || body.byteLength === 0) return
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, headBytes))
  page.doctype = /^[\s\uFEFF]*(?:<!--[^]*?-->\s*)*<!doctype\b/i.test(head.toString('utf8', 0, 1024))
  if (!page.noindex && head.includes('noindex') && hasNoindexElement(head.toString('latin1')))
    page.noindex = true
}
