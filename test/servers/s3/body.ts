import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './error.ts'

/** The decoded and checked body of a request, and the checksum to keep. */
export interface Body {
  bytes: Buffer
  md5: string
  /** `x-amz-checksum-crc32` and its value. */
  checksum: [name: string, value: string] | undefined
}

/** Decodes the body of a request and checks every digest that was sent with it. */
export function readBody(raw: Buffer, headers: Headers): Body {
  const announced = headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
  let bytes = raw
  const sums = new Map([...headers].filter(([name]) => isChecksum(name)))
  if (announced.startsWith('STREAMING-')) {
    if (announced !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') throw new S3Error('NotImplemented', announced)
    const decoded = unchunk(raw)
    bytes = decoded.bytes
    const trailer = headers.get('x-amz-trailer')
    if (trailer && !decoded.trailers.has(trailer))
      throw new S3Error('InvalidRequest', `no trailer ${trailer}`)
    for (const [name, value] of decoded.trailers) sums.set(name, value)
    if (Number(headers.get('x-amz-decoded-content-length')) !== bytes.length) {
      throw new S3Error('IncompleteBody', 'x-amz-decoded-content-length is wrong')
    }
  } else if (announced !== 'UNSIGNED-PAYLOAD' && announced !== digest('sha256', bytes, 'hex')) {
    throw new S3Error('XAmzContentSHA256Mismatch')
  }
  const md5 = createHash('md5').update(bytes).digest()
  checkMd5(md5, headers.get('content-md5'))
  for (const [name, value] of sums) checkSum(name, value, bytes)
  return { bytes, md5: md5.toString('hex'), checksum: [...sums][0] }
}

const isChecksum = (name: string) =>
  name.startsWith('x-amz-checksum-') &&
  !['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type'].includes(name)

function checkMd5(md5: Buffer, sent: string | null): void {
  if (sent === null) return
  if (Buffer.from(sent, 'base64').length !== 16) throw new S3Error('InvalidDigest')
  if (sent !== md5.toString('base64'))
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match.')
}

function checkSum(name: string, value: string, bytes: Buffer): void {
  if (sum(name, bytes) !== value) throw new S3Error('BadDigest', `The ${name} you specified did not match.`)
}

function sum(name: string, bytes: Buffer): string {
  switch (name) {
    case 'x-amz-checksum-crc32': {
      const four = Buffer.alloc(4)
      four.writeUInt32BE(crc32(bytes))
      return four.toString('base64')
    }
    case 'x-amz-checksum-sha1':
      return digest('sha1', bytes, 'base64')
    case 'x-amz-checksum-sha256':
      return digest('sha256', bytes, 'base64')
    default:
      throw new S3Error('NotImplemented', name)
  }
}

const digest = (algorithm: string, bytes: Buffer, encoding: 'hex' | 'base64') =>
  createHash(algorithm).update(bytes).digest(encoding)

/** Decodes `aws-chunked`: chunks, each after its size in hex, then trailing headers. */
function unchunk(raw: Buffer): { bytes: Buffer; trailers: Map<string, string> } {
  const chunks: Buffer[] = []
  let at = 0
  const line = () => {
    const end = raw.indexOf('\r\n', at)
    if (end < 0) throw new S3Error('IncompleteBody', 'the chunks end early')
    const found = raw.toString('latin1', at, end)
    at = end + 2
    return found
  }
  for (;;) {
    const head = line()
    if (!/^[0-9a-f]+$/i.test(head))
      throw new S3Error('InvalidRequest', `no chunk begins with ${head.slice(0, 20)}`)
    const size = Number.parseInt(head, 16)
    if (size === 0) break
    chunks.push(raw.subarray(at, at + size))
    at += size
    if (line() !== '') throw new S3Error('IncompleteBody', 'a chunk is longer than it says')
  }
  const trailers = new Map<string, string>()
  while (at < raw.length) {
    const match = /^([^:]+):(.*)$/.exec(line())
    if (match) trailers.set(match[1]!.trim().toLowerCase(), match[2]!.trim())
  }
  return { bytes: Buffer.concat(chunks), trailers }
}
