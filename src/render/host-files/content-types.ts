import { contentTypeOf } from '../../content-type.ts'
import type { ManifestFile } from '../../manifest.ts'

/** A content type without its parameters: `text/html`. */
export const essenceOf = (type: string): string => type.split(';')[0]!.trim().toLowerCase()

/** The charset of a content type, in lower case. */
export const charsetOf = (type: string): string | undefined =>
  /;\s*charset="?([\w.:-]+)/i.exec(type)?.[1]?.toLowerCase()

/** Whether a host that only looks at the extension would send another content type. */
export function hasOwnType({ key, headers }: ManifestFile): boolean {
  const type = headers['content-type']!
  return essenceOf(type) !== essenceOf(contentTypeOf(key)) || !['utf-8', undefined].includes(charsetOf(type))
}
