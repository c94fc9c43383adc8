import { lookup } from 'mrmime'

export const htmlType = 'text/html; charset=utf-8'

/** Whether a content type is that of HTML, with any parameters. */
export const isHtmlType = (type: string | undefined): boolean => /^text\/html(?![\w.+-])/i.test(type ?? '')

/**
 * The content type that a file's extension gives.
 * @param withoutExtension The type of a file that has no extension
 */
export function contentTypeOf(key: string, withoutExtension = 'application/octet-stream'): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  if (!name.includes('.')) return withoutExtension
  const type = lookup(name) ?? 'application/octet-stream'
  return /^text\/|[/+](?:json|xml)$|javascript$/.test(type) && !type.includes('charset')
    ? `${type}; charset=utf-8`
    : type
}
