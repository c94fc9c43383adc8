import { randomUUID } from 'node:crypto'
import type { Source } from '../backend.ts'
import { readRange } from '../source.ts'
import type { Client } from './client.ts'
import type { Metadata, Uploaded } from './object.ts'
import { jsonOf } from './response.ts'

/** Stores an object by one request, which holds its metadata and its content. */
export async function uploadMultipart(
  call: Client['call'],
  path: string,
  query: Record<string, string | undefined>,
  metadata: Metadata,
  source: Source,
): Promise<Uploaded> {
  const bytes = await readRange(source, metadata.name, 0, source.size)
  const boundary = randomUUID()
  const type = metadata.contentType ?? 'application/octet-stream'
  const response = await call({
    method: 'POST',
    path,
    query: { ...query, uploadType: 'multipart' },
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: Buffer.concat([
      Buffer.from(
        `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
          `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  })
  return jsonOf<Uploaded>(response)
}
