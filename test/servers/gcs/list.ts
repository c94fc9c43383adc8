import { GcsError } from './error.ts'
import { resource } from './resource.ts'
import type { Bucket } from './store.ts'

const pageSize = 1000

/** The response to `objects.list`. */
export function listObjects(name: string, bucket: Bucket, query: URLSearchParams): object {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const token = query.get('pageToken')
  const max = Math.min(Number(query.get('maxResults') ?? pageSize), pageSize)
  if (!Number.isInteger(max) || max < 1) throw new GcsError('invalid', 'Invalid value for: maxResults')
  const after = token === null ? undefined : fromToken(token)
  const from = query.get('startOffset') ?? ''
  const to = query.get('endOffset')

  const entries: { name: string; isPrefix: boolean }[] = []
  for (const key of [...bucket.objects.keys()].sort(byBytes)) {
    if (!key.startsWith(prefix) || byBytes(key, from) < 0 || (to !== null && byBytes(key, to) >= 0)) continue
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const entry = end < 0 ? key : key.slice(0, end + delimiter.length)
    if (entry === entries.at(-1)?.name || (after !== undefined && byBytes(entry, after) <= 0)) continue
    entries.push({ name: entry, isPrefix: end >= 0 })
    if (entries.length > max) break
  }
  const page = entries.slice(0, max)
  const items = page.filter((entry) => !entry.isPrefix)
  const prefixes = page.filter((entry) => entry.isPrefix).map((entry) => entry.name)
  return {
    kind: 'storage#objects',
    // As in Google's response, there are no empty lists.
    ...(entries.length > max && { nextPageToken: toToken(page.at(-1)!.name) }),
    ...(prefixes.length > 0 && { prefixes }),
    ...(items.length > 0 && {
      items: items.map((entry) => resource(name, entry.name, bucket.objects.get(entry.name)!)),
    }),
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const toToken = (name: string) => Buffer.from(name).toString('base64')

function fromToken(token: string): string {
  const name = Buffer.from(token, 'base64').toString()
  if (toToken(name) !== token) throw new GcsError('invalid', `Invalid page token: ${token}`)
  return name
}
