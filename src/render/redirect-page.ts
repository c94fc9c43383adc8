/** The HTML page that a storage without native redirects serves at the old URL. */
export function redirectPage(to: string): Uint8Array<ArrayBuffer> {
  const url = escape(to)
  return new TextEncoder().encode(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Redirecting…</title><meta name="robots" content="noindex"><link rel="canonical" href="${url}"><meta http-equiv="refresh" content="0; url=${url}"><p>This page is now at <a href="${url}">${url}</a>.</p></html>\n`,
  )
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)
