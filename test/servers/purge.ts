import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request to the API of one provider. */
interface PurgeRequest {
  /** The provider's host: `api.cloudflare.com`. */
  host: string
  method: string
  /** Encoded as sent, with the query. */
  path: string
  headers: IncomingHttpHeaders
  body: string
  status: number
}

interface Answer {
  status: number
  headers?: Record<string, string>
  /** Is sent as JSON, a string as it is. */
  body?: unknown
}

/** The accounts that may purge; every other id or token is refused as the provider refuses it. */
export const account = {
  token: 'purge-t0ken-4711',
  zoneId: '023e105f4ecef8ad9ca31a8372d0c353',
  serviceId: 'SU1Z0isxPaozGVKXdv0eY',
  distributionId: 'E2QWRUHEXAMPLE',
  accessKeyId: 'AKIACLOUDFRONT',
  project: 'my-project',
  urlMap: 'www-map',
  subscriptionId: '11111111-2222-3333-4444-555555555555',
  resourceGroup: 'web (prod)',
  profile: 'front',
  endpoint: 'www',
} as const

/** The providers' APIs, below the name of each host: `http://127.0.0.1:40000/api.cloudflare.com/client/v4/…`. */
export interface PurgeServer {
  url: string
  requests: PurgeRequest[]
  /** What was purged, in the words of the provider: URLs, or paths. `hosts: …` and the like for more than URLs. */
  purged: string[]
  /** Called before each request is handled. */
  fault: ((request: PurgeRequest) => Answer | undefined) | undefined
  /** `fetch`, with the requests to the providers sent here. */
  fetch: typeof fetch
  stop(): Promise<void>
}

/** A server that responds as the providers' documents say, and checks what they say of requests. */
export async function startPurgeServer(): Promise<PurgeServer> {
  const operations = new Map<string, number>()
  const node = createServer((incoming, outgoing) => {
    void (async () => {
      const [, host, rest] = /^\/([^/]+)(\/.*)$/.exec(incoming.url!)!
      const { method = '', headers } = incoming
      const request: PurgeRequest = {
        host: host!,
        method,
        path: rest!,
        headers,
        body: await text(incoming),
        status: 0,
      }
      server.requests.push(request)
      const answer = server.fault?.(request) ?? (providers[host!] ?? unknown)(request, { server, operations })
      request.status = answer.status
      const { body } = answer
      const type = typeof body === 'string' ? 'text/xml' : 'application/json'
      outgoing.writeHead(answer.status, { 'content-type': type, ...answer.headers })
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}))
    })()
  })
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(node.address() as AddressInfo).port}`
  const original = fetch
  const server: PurgeServer = {
    url,
    requests: [],
    purged: [],
    fault: undefined,
    fetch: (input, init) => original(typeof input === 'string' ? rerouted(input, url) : input, init),
    async stop() {
      node.closeAllConnections()
      await new Promise((resolve) => node.close(resolve))
    },
  }
  return server
}

const rerouted = (address: string, url: string) => {
  const host = Object.keys(providers).find((host) => address.startsWith(`https://${host}/`))
  return host === undefined ? address : address.replace('https:/', url)
}

interface Context {
  server: PurgeServer
  /** How often the status of each asynchronous purge was asked for. */
  operations: Map<string, number>
}

type Provider = (request: PurgeRequest, context: Context) => Answer

const unknown: Provider = () => ({ status: 404 })

/** Begins an asynchronous purge, which is done when its status is asked for the second time. */
const begin = ({ operations }: Context) => {
  const id = randomUUID()
  operations.set(id, 0)
  return id
}
const isDone = ({ operations }: Context, id: string) => {
  const asked = operations.get(id)! + 1
  operations.set(id, asked)
  return asked > 1
}

const providers: Record<string, Provider> = {
  'api.cloudflare.com': ({ method, path, headers, body }, { server }) => {
    const failed = (status: number, code: number, message: string) => ({
      status,
      body: { success: false, errors: [{ code, message }], messages: [], result: null },
    })
    if (headers.authorization !== `Bearer ${account.token}`) return failed(401, 10000, 'Authentication error')
    if (method !== 'POST' || path !== `/client/v4/zones/${account.zoneId}/purge_cache`)
      return failed(404, 7003, 'Could not route to the zone, perhaps your object identifier is invalid?')
    if (headers['content-type'] !== 'application/json') return failed(400, 6003, 'Invalid request headers')
    const [[kind, values], ...more] = Object.entries(JSON.parse(body) as Record<string, string[]>) as [
      [string, string[]],
    ]
    const shapes: Record<string, RegExp> = {
      files: /^https?:\/\/[^/]+\/[^?#\s]*$/,
      hosts: /^[\w.:-]+$/,
      prefixes: /^[\w.:-]+(\/[^/?#]+)+$/,
    }
    if (more.length > 0 || !values.every((value) => shapes[kind]?.test(value)))
      return failed(400, 1016, 'Unable to purge: invalid body')
    if (values.length > 100) return failed(400, 1094, 'Invalid body: too many items')
    server.purged.push(...(kind === 'files' ? values : [`${kind}: ${values.join()}`]))
    return { status: 200, body: { success: true, errors: [], messages: [], result: { id: account.zoneId } } }
  },

  'api.fastly.com': ({ method, path, headers }, { server }) => {
    if (headers['fastly-key'] !== account.token)
      return { status: 401, body: { msg: 'Provided credentials are missing or invalid' } }
    if (method !== 'POST') return { status: 405, body: { msg: 'Method not allowed' } }
    const url = /^\/purge\/([\w.:-]+\/[^?#]*)$/.exec(path)?.[1]
    if (url === undefined && path !== `/service/${account.serviceId}/purge_all`)
      return { status: 404, body: { msg: 'Record not found', detail: 'Cannot load service' } }
    server.purged.push(url ?? 'purge_all')
    return { status: 200, body: { status: 'ok', id: '108-1391560174-974124' } }
  },

  'compute.googleapis.com': ({ method, path, headers, body }, context) => {
    const failed = (code: number, message: string, reason: string) => ({
      status: code,
      body: { error: { code, message, errors: [{ message, domain: 'global', reason }] } },
    })
    const [, claims] = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(headers.authorization ?? '') ?? []
    if (claims === undefined)
      return failed(401, 'Request had invalid authentication credentials.', 'authError')
    const { scope, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>
    if (!scope?.includes('auth/cloud-platform') && aud !== 'https://compute.googleapis.com/')
      return failed(403, 'Request had insufficient authentication scopes.', 'insufficientPermissions')
    const global = `/compute/v1/projects/${account.project}/global`
    const running = path.startsWith(`${global}/operations/`) && path.slice(`${global}/operations/`.length)
    if (running && method === 'GET')
      return { status: 200, body: { name: running, status: isDone(context, running) ? 'DONE' : 'RUNNING' } }
    if (method !== 'POST' || path !== `${global}/urlMaps/${account.urlMap}/invalidateCache`)
      return failed(404, `The resource '${path}' was not found`, 'notFound')
    const rule = JSON.parse(body) as { path: string; host: string }
    if (!/^\/[^?#*]*$|^\/([^?#*]*\/)?\*$/.test(rule.path))
      return failed(400, `Invalid value for field 'resource.path': '${rule.path}'`, 'invalid')
    context.server.purged.push(rule.host + rule.path)
    return { status: 200, body: { kind: 'compute#operation', name: begin(context), status: 'PENDING' } }
  },

  'management.azure.com': ({ method, path, headers, body }, context): Answer => {
    const failed = (status: number, code: string, message: string) => ({
      status,
      body: { error: { code, message } },
    })
    if (headers.authorization !== `Bearer ${account.token}`)
      return failed(401, 'InvalidAuthenticationToken', 'The access token is invalid.')
    const { subscriptionId, resourceGroup, profile, endpoint } = account
    const subscription = `/subscriptions/${subscriptionId}`
    const status = `${subscription}/providers/Microsoft.Cdn/operationresults/`
    if (method === 'GET' && path.startsWith(status)) {
      const done = isDone(context, path.slice(status.length).replace(/\?.*/, ''))
      return {
        status: 200,
        headers: { 'retry-after': '0' },
        body: { status: done ? 'Succeeded' : 'InProgress' },
      }
    }
    const group = encodeURIComponent(resourceGroup)
    const resource = `${subscription}/resourceGroups/${group}/providers/Microsoft.Cdn/profiles/${profile}/afdEndpoints/${endpoint}/purge`
    if (method !== 'POST' || !path.startsWith(`${resource}?api-version=20`))
      return failed(404, 'ResourceNotFound', 'The Resource was not found.')
    const { contentPaths, domains } = JSON.parse(body) as { contentPaths: string[]; domains: string[] }
    if (
      contentPaths.length > 100 ||
      !contentPaths.every((path) => /^\/[^?#*]*$|^\/([^?#*]*\/)?\*$/.test(path))
    )
      return failed(400, 'BadRequest', 'The content paths are not valid.')
    context.server.purged.push(...contentPaths.map((path) => domains.join() + path))
    const operation = `https://management.azure.com${status}${begin(context)}?api-version=2025-04-15`
    return { status: 202, headers: { 'azure-asyncoperation': operation, 'retry-after': '0' } }
  },

  'cloudfront.amazonaws.com': ({ method, path, headers, body }, context) => {
    const failed = (status: number, code: string, message: string) => ({
      status,
      body: `<?xml version="1.0"?><ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    })
    const scope = new RegExp(
      `^AWS4-HMAC-SHA256 Credential=${account.accessKeyId}/\\d{8}/us-east-1/cloudfront/aws4_request`,
    )
    if (!scope.test(headers.authorization ?? ''))
      return failed(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.')
    const invalidations = `/2020-05-31/distribution/${account.distributionId}/invalidation`
    if (!path.startsWith(invalidations))
      return failed(404, 'NoSuchDistribution', 'The specified distribution does not exist.')
    const invalidation = (status: number, id: string, state: string) => ({
      status,
      body: `<?xml version="1.0"?><Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>${id}</Id><Status>${state}</Status><CreateTime>2031-05-06T07:08:09.000Z</CreateTime></Invalidation>`,
    })
    const id = path.slice(invalidations.length + 1)
    if (method === 'GET') return invalidation(200, id, isDone(context, id) ? 'Completed' : 'InProgress')
    const paths = [...body.matchAll(/<Path>([^<]*)<\/Path>/g)].map(([, path]) =>
      path!.replaceAll('&amp;', '&'),
    )
    if (!body.includes(`<Quantity>${paths.length}</Quantity>`) || !/<CallerReference>[^<]+</.test(body))
      return failed(
        400,
        'InconsistentQuantities',
        'The value of Quantity and the size of Items do not match.',
      )
    if (paths.length > 3000) return failed(400, 'TooManyInvalidationsInProgress', 'Too many paths.')
    // RFC 1738: unsafe characters are encoded, and `*` is only at the end.
    if (!paths.every((path) => /^\/[^*\s{}|\\^~[\]`"<>?#]*\*?$/.test(path)))
      return failed(400, 'InvalidArgument', 'Your request contains one or more invalid invalidation paths.')
    context.server.purged.push(...paths)
    return invalidation(201, begin(context), 'InProgress')
  },
}
