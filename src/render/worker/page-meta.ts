import type { PageMeta, Rendered } from '../messages.ts'

/** Where a doctype and a robots tag are looked for, in bytes from the start. */
const headBytes = 1 << 16

/** Adds to a page what its headers and the beginning of its body tell. */
export function addTraits(page: Rendered, body: Uint8Array): void {
  if (page.redirect) return
  const { warnings, ...traits } = readTraits(page, body)
  Object.assign(page, traits)
  if (warnings) page.warnings = [...(page.warnings ?? []), ...warnings]
}

function readTraits(
  page: { key: string; status: number; headers: Readonly<Record<string, string>> },
  body: Uint8Array,
): PageMeta {
  const type = page.headers['content-type'] ?? ''
  const warnings: string[] = []
  if (body.byteLength === 0 && page.status === 200) warnings.push('its body is empty')
  if (type.startsWith('text/plain') && /\.html?$/.test(page.key)) {
    warnings.push(`its \`Content-Type: ${type}\` makes browsers show the source of \`${page.key}\``)
  }
  const traits: PageMeta = warnings.length > 0 ? { warnings } : {}
  if (isNoindex(page.headers['x-robots-tag'])) traits.noindex = true
  if (!type.startsWith('text/html') || body.byteLength === 0) return traits
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, headBytes))
  traits.doctype = /^[\s\uFEFF]*(?:<!--[^]*?-->\s*)*<!doctype\b/i.test(head.toString('utf8', 0, 1024))
  if (!traits.noindex && head.includes('noindex') && hasNoindexTag(head.toString('latin1')))
    traits.noindex = true
  return traits
}

const isNoindex = (directives: string | undefined) =>
  directives !== undefined && /\b(?:noindex|none)\b/i.test(directives)

function hasNoindexTag(html: string): boolean {
  for (const [tag] of html.matchAll(/<meta\b[^>]*>/gi)) {
    if (
      /\bname\s*=\s*["']?robots\b/i.test(tag) &&
      isNoindex(/\bcontent\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/i.exec(tag)?.[1])
    )
      return true
  }
  return false
}
