import { GcsError } from './error.ts'

/** The two parts of a `multipart/related` body: the metadata and the content. */
export function readRelated(
  raw: Buffer,
  type: string,
): { metadata: Record<string, unknown>; content: Buffer; contentType: string | undefined } {
  const boundary = /boundary=(?:"([^"]+)"|([^;]+))/.exec(type)
  if (!type.startsWith('multipart/related') || !boundary)
    throw new GcsError('badRequest', 'Malformed multipart body.')
  const mark = Buffer.from(`--${(boundary[1] ?? boundary[2])!.trim()}`)
  const first = partAfter(raw, mark, 0)
  const second = partAfter(raw, mark, first.end)
  if (!raw.subarray(second.end + mark.length, second.end + mark.length + 2).equals(Buffer.from('--')))
    throw new GcsError('badRequest', 'Malformed multipart body.')
  return {
    metadata: parseMetadata(first.body),
    content: second.body,
    contentType: /^content-type: *(.+)$/im.exec(second.head)?.[1]?.trim(),
  }
}

/** The part that begins with the boundary at or after `at`, and where the next boundary is. */
function partAfter(raw: Buffer, mark: Buffer, at: number): { head: string; body: Buffer; end: number } {
  const start = raw.indexOf(mark, at)
  const head = raw.indexOf('\r\n\r\n', start)
  const end = raw.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), head)
  if (start < 0 || head < 0 || end < 0) throw new GcsError('badRequest', 'Malformed multipart body.')
  return {
    head: raw.toString('latin1', start + mark.length, head),
    body: raw.subarray(head + 4, end),
    end: end + 2,
  }
}

/** A resource that was sent as JSON. */
export function parseMetadata(body: Buffer): Record<string, unknown> {
  try {
    return body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>)
  } catch {
    throw new GcsError('parseError', 'Parse Error')
  }
}
