import { createHash } from 'node:crypto'
import dns from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { get } from '../../../src/publish/verify/get.ts'
import { PublicSite, type NoResponseError } from '../../../src/publish/verify/public-site.ts'

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const text = 'a page that is read twice '.repeat(10_000)
const sha256Of = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
const options = { headers: {}, timeout: 2000 }

test.each([
  ['identity', text],
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  ['br', brotliCompressSync(text)],
  ['deflate', deflateSync(text)],
  ['gzip, br', brotliCompressSync(gzipSync(text))],
])('the hash is of the body without its encoding %s', async (encoding, body) => {
  const address = await serving((request, response) => {
    expect(request.headers['accept-encoding']).toBe('gzip, br')
    response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'text/html' }).end(body)
  })
  expect(await get(address, options)).toEqual({ status: 200, sha256: sha256Of(text), type: 'text/html' })
})

test('a body of an unknown encoding is hashed as received', async () => {
  const address = await serving((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip, secret' }).end(gzipSync(text)),
  )
  expect((await get(address, options)).sha256).toBe(sha256Of(gzipSync(text)))
})

test('a response without a body may name an encoding', async () => {
  const address = await serving((_, response) =>
    response.writeHead(301, { 'content-encoding': 'gzip', location: '/about/' }).end(),
  )
  expect(await get(address, options)).toMatchObject({
    status: 301,
    location: '/about/',
    sha256: sha256Of(''),
  })
})

test('a body that is not encoded as its header says is a failure', async () => {
  const address = await serving((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(text),
  )
  await expect(get(address, options)).rejects.toThrow('incorrect header check')
})

test('a body that ends before its length is a failure', async () => {
  const address = await serving((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  await expect(get(address, options)).rejects.toThrow('aborted')
})

test.each([
  ['the response', () => {}],
  ['the rest of the body', (response) => void response.writeHead(200).write('half')],
] satisfies [string, (response: Parameters<RequestListener>[1]) => void][])(
  'it fails where %s does not come in time',
  async (_, respond) => {
    const address = await serving((_request, response) => respond(response))
    await expect(get(address, { headers: {}, timeout: 100 })).rejects.toThrow('nothing came for 0.1 s')
  },
)

test('a body may take longer than the timeout while parts of it arrive', async () => {
  const address = await serving((_, response) => {
    let parts = 0
    const timer = setInterval(() => {
      response.write('part ')
      if (++parts < 12) return
      clearInterval(timer)
      response.end()
    }, 50)
  })
  expect((await get(address, { headers: {}, timeout: 400 })).sha256).toBe(sha256Of('part '.repeat(12)))
})

test('a host with several addresses that all refuse connections is an error with a reason', async () => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ]
  onTestFinished(() => void vi.restoreAllMocks())
  vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, found: Found) =>
    found(null, addresses)) as typeof dns.lookup)
  const site = new PublicSite('http://two.test:9/', '/', { timeout: 100 })
  const error = (await site.fetch(site.root).catch((error: unknown) => error)) as NoResponseError
  expect(error.cause).toBeInstanceOf(AggregateError)
  expect(error.message).toMatch(/^http:\/\/two\.test:9\/ does not answer: connect ECONNREFUSED 127/)
})

type Found = (error: null, addresses: dns.LookupAddress[]) => void
