import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob'
import type * as Html from 'htmlparser2'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import type { StoredObject } from '../backend.ts'
import type { ListedPage } from '../follow-tokens.ts'
import { timeoutFor } from './client.ts'

/**
 * Lists the blobs of a container. The SDK sends the requests, as downloads: for a blob in a listing, its own parsers
 * take six times as long as this one.
 * @param options those of the container's client
 * @returns lists one page
 */
export async function openListing(container: ContainerClient, options: StoragePipelineOptions) {
  const { BlobClient, newPipeline } = await import('@azure/storage-blob')
  const { Parser } = await import('htmlparser2')
  const pipeline = newPipeline(container.credential, options)
  // The SDK refuses a download without a length and an ETag. A listing has no ETag, and its length is often not sent.
  pipeline.factories.push({
    create: (next) => ({
      async sendRequest(request) {
        const response = await next.sendRequest(request)
        const body = await buffer(response.readableStreamBody!)
        response.readableStreamBody = Readable.from([body])
        response.parsedHeaders = { contentLength: body.length, etag: 'none' }
        return response
      },
    }),
  })

  return async (prefix: string, pageSize: number, marker: string | undefined): Promise<ListedPage> => {
    const query = new Map([
      ['restype', 'container'],
      ['comp', 'list'],
      ['prefix', prefix],
      ['maxresults', String(pageSize)],
      ['marker', marker ?? ''],
    ])
    const given = [...query].flatMap(([name, value]) =>
      value ? [`${name}=${encodeURIComponent(value)}`] : [],
    )
    // The address may have a signature already.
    const url = `${container.url}${container.url.includes('?') ? '&' : '?'}${given.join('&')}`
    const client = new BlobClient(url, pipeline)
    const response = await client.download(0, undefined, { abortSignal: timeoutFor(), maxRetryRequests: 0 })
    return readListing(Parser, await text(response.readableStreamBody!))
  }
}

/** Reads a page of a listing. */
function readListing(Parser: typeof Html.Parser, xml: string): ListedPage {
  const objects: StoredObject[] = []
  let next: string | undefined
  let complete = false
  /** The texts of a blob's elements, by name. */
  let blob: Partial<Record<string, string>> = {}
  let value = ''
  let encoded = false
  const parser = new Parser(
    {
      onopentag(name, { Encoded }) {
        value = ''
        if (name === 'Blob') blob = {}
        // A name that XML cannot have is encoded as in a URL.
        if (name === 'Name') encoded = Encoded === 'true'
      },
      ontext(part) {
        value += part
      },
      onclosetag(name, implied) {
        if (implied) return
        if (name === 'Blob') objects.push(storedObject(blob))
        else if (name === 'NextMarker') next = value
        else if (name === 'EnumerationResults') complete = true
        else blob[name] = name === 'Name' && encoded ? decodeURIComponent(value) : value
        value = ''
      },
    },
    { xmlMode: true },
  )
  parser.end(xml)
  if (!complete) throw new Error('the response is not a whole listing')
  return { objects, next }
}

function storedObject(blob: Partial<Record<string, string>>): StoredObject {
  const { Name, Etag = '', BlobType } = blob
  const [size, modified, md5] = [blob['Content-Length'], blob['Last-Modified'], blob['Content-MD5']]
  if (Name === undefined || modified === undefined)
    throw new Error('the listing has a blob without a name or a date')
  return {
    key: Name,
    size: Number(size ?? 0),
    etag: Etag.replace(/^"|"$/g, ''),
    modified: Date.parse(modified),
    // A write into an append or page blob leaves its MD5 as it was.
    md5: md5 && BlobType === 'BlockBlob' ? Buffer.from(md5, 'base64').toString('hex') : undefined,
  }
}
