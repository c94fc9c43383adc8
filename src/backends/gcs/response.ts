import type { IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'

export interface HttpResponse {
  status: number
  headers: IncomingHttpHeaders
  /** As received: not decompressed. */
  body: Buffer<ArrayBuffer>
}

/** The content of an object as it is stored. */
export const contentOf = (response: HttpResponse): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    response.headers['x-goog-stored-content-encoding'] === 'gzip' ? response.body : decompressed(response),
  )

export const textOf = (response: HttpResponse): string => decompressed(response).toString()

export const jsonOf = <T>(response: HttpResponse): T => JSON.parse(textOf(response)) as T

/** The body without the compression that the storage adds for the transfer. */
const decompressed = ({ headers, body }: HttpResponse) =>
  headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
