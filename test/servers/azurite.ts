import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { H3Event } from 'h3'
import { nodeRequest, splitOnce, startServer, type StorageServer } from './server.ts'

export interface Azurite extends Account {
  stop(): Promise<void>
}

export interface Account {
  /** The address of the account. */
  url: string
  account: string
  key: string
  connectionString: string
}

/** Azurite's only account, as documented: it is the same everywhere. */
const account = 'devstoreaccount1'
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/**
 * Node closes a connection that is idle for 5 seconds. A request that is sent at that moment fails, which a backend
 * does not repeat. Azurite's own option for it has no effect.
 */
const keepConnections = `import http from 'node:http'
const { listen } = http.Server.prototype
http.Server.prototype.listen = function (...args) {
  this.keepAliveTimeout = 600_000
  return listen.apply(this, args)
}`

/** Microsoft's own emulator of Azure Blob Storage, in memory, in a process of its own. */
export async function startAzurite(flags: string[] = []): Promise<Azurite> {
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')
  // Azurite rejects protocol versions that are newer than itself. The tests use nothing of those.
  const fixed = ['--inMemoryPersistence', '--blobPort', '0', '--skipApiVersionCheck', '--disableTelemetry']
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(keepConnections)}`,
    main,
    ...fixed,
    ...flags,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const origin = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        const match = /listens on (https?:\S+)/.exec(output)
        if (match) resolve(match[1]!)
      })
    }
    child.once('exit', (code) => reject(new Error(`azurite ended with ${code}: ${output}`)))
  })
  return {
    ...accountAt(origin),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

function accountAt(origin: string): Account {
  const url = `${origin}/${account}`
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${url};`
  return { url, account, key, connectionString }
}

interface Call {
  method: string
  bucket: string
  key: string | undefined
  query: URLSearchParams
  headers: Headers
  raw: ArrayBuffer
}

/** A proxy in front of azurite that can make faults and records its requests. */
export async function startAzureProxy(
  azurite: Azurite,
): Promise<StorageServer<undefined> & { account: Account }> {
  const server = await startServer<undefined, Call>(0, new Map(), {
    callOf,
    operationOf,
    respond: ({ method, headers, raw }, event) => forward(azurite, event, { method, headers, raw }),
    faultResponse: ({ status, code }) =>
      new Response(
        `<?xml version="1.0"?><Error><Code>${code}</Code><Message>a fault of the test\nTime</Message></Error>`,
        {
          status,
          headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
        },
      ),
    websiteResponse: () => new Response(null, { status: 501 }),
  })
  return Object.assign(server, { account: accountAt(server.url) })
}

async function callOf(event: H3Event): Promise<Call> {
  const [path, query] = splitOnce(nodeRequest(event).url!, '?')
  const [, , bucket = '', ...key] = path.split('/').map(decodeURIComponent)
  return {
    method: event.req.method,
    bucket,
    key: key.length > 0 ? key.join('/') : undefined,
    query: new URLSearchParams(query),
    headers: event.req.headers,
    raw: await event.req.arrayBuffer(),
  }
}

/** Azure's name of the operation of a request. */
function operationOf({ method, key, query, headers }: Call): string {
  const comp = query.get('comp')
  if (key === undefined) return comp === 'list' ? 'ListBlobs' : comp === 'batch' ? 'BlobBatch' : 'Container'
  if (method === 'PUT') {
    const parts = {
      block: 'PutBlock',
      blocklist: 'PutBlockList',
      properties: 'SetBlobProperties',
      metadata: 'SetBlobMetadata',
    }
    const whole = headers.has('x-ms-copy-source') ? 'CopyBlob' : 'PutBlob'
    return parts[comp as keyof typeof parts] ?? whole
  }
  return { GET: 'GetBlob', HEAD: 'GetBlobProperties', DELETE: 'DeleteBlob' }[method] ?? method
}

/** Headers of one connection. */
const hopByHop = [
  'connection',
  'host',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'accept-encoding',
]

async function forward(
  { url }: Azurite,
  event: H3Event,
  { method, headers, raw }: Pick<Call, 'method' | 'headers' | 'raw'>,
): Promise<Response> {
  const sent = new Headers(headers)
  for (const name of [...hopByHop, 'content-length']) sent.delete(name)
  sent.set('accept-encoding', 'identity')
  const body = raw.byteLength > 0 || method === 'PUT' ? raw : undefined
  const address = new URL(url).origin + nodeRequest(event).url!
  const response = await fetch(address, { method, headers: sent, body, redirect: 'manual' })
  const received = new Headers(response.headers)
  for (const name of hopByHop) received.delete(name)
  const content = await response.arrayBuffer()
  if (method !== 'HEAD') received.set('content-length', String(content.byteLength))
  return new Response(content.byteLength > 0 ? content : null, { status: response.status, headers: received })
}
