import { escapeUTF8 } from 'entities/escape'

/** The HTML page that a storage without native redirects serves at the old URL. */
export function redirectPage(to: string): Uint8Array<ArrayBuffer> {
  const url = escapeUTF8(to)
  return new TextEncoder().encode(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Redirecting…</title><meta name="robots" content="noindex"><link rel="canonical" href="${url}"><meta http-equiv="refresh" content="0; url=${url}"><p>This page is now at <a href="${url}">${url}</a>.</p></html>\n`,
  )
}
