import type { StoredObject } from './store.ts'

/** An object as the JSON API shows it. */
export const resource = (bucket: string, name: string, object: StoredObject): Record<string, unknown> => ({
  kind: 'storage#object',
  id: `${bucket}/${name}/${object.generation}`,
  name,
  bucket,
  generation: String(object.generation),
  metageneration: String(object.metageneration),
  storageClass: 'STANDARD',
  size: String(object.body.length),
  md5Hash: object.md5Hash,
  crc32c: object.crc32c,
  etag: Buffer.from(`${object.generation}/${object.metageneration}`).toString('base64'),
  timeCreated: object.created.toISOString(),
  updated: object.updated.toISOString(),
  ...object.settings,
})

/** A JSON response, reduced to the `fields` of the query: `nextPageToken,items(name,size)`. */
export function jsonResponse(value: object, query: URLSearchParams, status = 200): Response {
  const fields = query.get('fields')
  const shown = fields === null ? value : project(value, parseFields(fields))
  return new Response(JSON.stringify(shown), {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
  })
}

type Fields = Map<string, Fields>

function parseFields(text: string): Fields {
  const all: Fields = new Map()
  let depth = 0
  let start = 0
  const take = (end: number) => {
    const match = /^([\w*]+)(?:[(/](.*?)\)?)?$/s.exec(text.slice(start, end))
    if (match) all.set(match[1]!, match[2] === undefined ? new Map() : parseFields(match[2]))
    start = end + 1
  }
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    else if (text[i] === ',' && depth === 0) take(i)
  }
  take(text.length)
  return all
}

function project(value: unknown, fields: Fields): unknown {
  if (fields.size === 0 || fields.has('*')) return value
  if (Array.isArray(value)) return value.map((one) => project(one, fields))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const selected = fields.get(name)
      return selected ? [[name, project(inner, selected)]] : []
    }),
  )
}
