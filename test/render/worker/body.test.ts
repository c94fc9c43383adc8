import zlib from 'node:zlib'
import { H3 } from 'h3'
import { describe, expect, it } from 'vitest'
import { readBody } from '../../../src/render/worker/body.ts'

const never = () => new Promise<never>(() => {})
const html = '<!doctype html><title>Hello</title>'
const random = Buffer.from(Array.from({ length: 3 << 20 }, (_, i) => (i * i * 31 + (i >> 7)) & 0xff))

/** A body of chunks of 64 kB. */
const stream = (bytes: Uint8Array) => {
  let at = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close()
      controller.enqueue(bytes.subarray(at, (at += 65_536)))
    },
  })
}

const response = (body: string | Uint8Array, encoding: string) =>
  new Response(stream(Buffer.from(body)), { headers: { 'content-encoding': encoding } })

async function read(body: string | Uint8Array, encoding: string, key = 'index.html'): Promise<Buffer> {
  return Buffer.from((await readBody(response(body, encoding), key, never, undefined))!)
}

const encoders: [string, (bytes: Uint8Array | string) => Uint8Array][] = [
  ['gzip', zlib.gzipSync],
  ['x-gzip', zlib.gzipSync],
  ['GZip', zlib.gzipSync],
  ['identity, gzip', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
  ['deflate', zlib.deflateRawSync],
  ['br', zlib.brotliCompressSync],
  ['br, gzip', (bytes) => zlib.gzipSync(zlib.brotliCompressSync(bytes))],
]
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array | string) => Uint8Array }
if (zstdCompressSync) encoders.push(['zstd', zstdCompressSync])

describe('a body with `Content-Encoding`', () => {
  it.each(encoders)('%s is decoded', async (encoding, encode) => {
    expect(String(await read(encode(html), encoding))).toBe(html)
    expect((await read(encode(random), encoding)).equals(random)).toBe(true)
  })

  it('is decoded where h3 made the response of bytes', async () => {
    const app = new H3().get('/', (event) => {
      event.res.headers.set('content-encoding', 'gzip')
      return new Uint8Array(zlib.gzipSync(html))
    })
    const made = await app.fetch(new Request('http://localhost/'))
    expect(String(Buffer.from((await readBody(made, 'index.html', never, undefined))!))).toBe(html)
  })

  it.each(['gzip', 'deflate', 'br', 'zstd', 'br, gzip', 'utf-8', 'aws-chunked', 'identity'])(
    '%s that is not encoded is kept',
    async (encoding) => {
      // The first bytes of some of these are a complete or an unfinished body of Brotli or zlib.
      for (const text of [html, '', 'a', 'ok', '; a comment', '\x06', 'x^2 + y^2', 'hbo', '{"a":1}', '# A\n'])
        expect(String(await read(text, encoding))).toBe(text)
      expect((await read(random, encoding)).equals(random)).toBe(true)
      const long = `# A title\n${'text '.repeat(500_000)}`
      expect(String(await read(long, encoding)) === long).toBe(true)
    },
  )

  it('is kept where the name of the file is that of a compressed one', async () => {
    const archive = zlib.gzipSync(html)
    for (const key of ['a.tar.gz', 'a.tgz', 'a.br']) expect(await read(archive, 'gzip', key)).toEqual(archive)
  })

  it('that ends too early or is damaged fails the page', async () => {
    const gzip = zlib.gzipSync(random)
    for (const bytes of [gzip.subarray(0, -9), gzip.fill(7, 2_000_000, 2_000_100)])
      await expect(read(bytes, 'gzip')).rejects.toThrow('its `Content-Encoding: gzip` cannot be decoded: ')
  })

  it('that the app breaks off fails with the error of the app', async () => {
    const broken = new ReadableStream({
      async pull(controller) {
        controller.enqueue(zlib.gzipSync(random))
        controller.error(new Error('no database'))
      },
    })
    const whole = new Response(broken, { headers: { 'content-encoding': 'gzip' } })
    await expect(readBody(whole, 'index.html', never, undefined)).rejects.toThrow(/^no database$/)
  })

  it('goes out in parts where it is long', async () => {
    const parts: Buffer[] = []
    const body = await readBody(response(zlib.gzipSync(random), 'gzip'), 'a.bin', never, async (part) => {
      parts.push(Buffer.from(part.bytes.subarray(0, part.length)))
      return part.bytes
    })
    expect(body).toEqual({ head: new Uint8Array(random.subarray(0, 1 << 16)) })
    expect(parts.slice(0, 3).map(({ byteLength }) => byteLength)).toEqual([1 << 20, 1 << 20, 1 << 20])
    expect(Buffer.concat(parts).equals(random)).toBe(true)
  })

  it('takes no longer than its page may take', async () => {
    const late = Promise.reject(new Error('too late'))
    late.catch(() => {})
    const begun = new ReadableStream({ start: (controller) => controller.enqueue(zlib.gzipSync(html)) })
    const hanging = new Response(begun, { headers: { 'content-encoding': 'gzip' } })
    await expect(readBody(hanging, 'index.html', () => late, undefined)).rejects.toThrow('too late')
  })
})

const chunk = new Uint8Array(1 << 24)

/** A body of so many chunks of 16 MiB, which are all the same memory. */
function chunked(chunks: number): { body: ReadableStream<Uint8Array>; read: () => number } {
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read++ < chunks) controller.enqueue(chunk)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return { body, read: () => read }
}

it('a body that is too large to be changed is an error, before it fills the memory', async () => {
  const { body, read } = chunked(200)
  await expect(readBody(new Response(body), 'a.html', never, undefined)).rejects.toMatchObject({
    code: 'PAGES_FAILED',
    message: 'its body is larger than 512 MiB, the most that `transform` and `cdn.html` can change',
  })
  expect(read()).toBeLessThan(40)
})

it('a body that nothing changes may be of any size', async () => {
  const { body } = chunked(40)
  let size = 0
  const read = await readBody(new Response(body), 'a.html', never, async ({ length, bytes }) => {
    size += length
    return bytes
  })
  expect(read).toHaveProperty('head')
  expect(size).toBe(40 * chunk.byteLength)
})
