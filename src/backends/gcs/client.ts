import type { Storage } from '@google-cloud/storage'
import { DistillError } from '../../errors.ts'
import { isObject } from '../../option-schema.ts'
import { readCredentialFile } from '../credential-file.ts'
import { loadPackage } from '../load-package.ts'
import type { GcsTarget } from '../targets.ts'
import { signInError, statusError } from './failure.ts'
import { openConnections } from './request.ts'
import type { HttpResponse } from './response.ts'

/** One request of the storage's JSON API. */
interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Relative to the endpoint and encoded, `/storage/v1/b/www/o`; or a whole URL that the storage returned. */
  path: string
  query?: Record<string, string | undefined>
  headers?: Record<string, string>
  body?: Uint8Array | string
  /** Statuses that are no failures, besides the 200s. */
  accept?: number[]
  /** Ends the request. */
  signal?: AbortSignal
}

export interface Client {
  /** Sends a request once. Throws for every status that is neither in the 200s nor in `accept`. */
  call(request: ApiRequest): Promise<HttpResponse>
  close(): void
}

/**
 * A client of the storage's JSON API. Google's SDK finds the credentials and signs in. It does not send the
 * requests: its uploads wait for a silent server without end, its errors have no `Retry-After`, and its
 * downloads have no generation.
 * @param root what a relative `keyFilename` is relative to
 * @param timeout milliseconds without traffic on its connection after which a request fails
 * @throws {DistillError} `SDK_MISSING`; `CONFIG_FAILED` for a file with credentials that cannot be used
 */
export async function createClient(target: GcsTarget, root: string, timeout: number): Promise<Client> {
  const { storage, credentials } = await openStorage(target, root)
  const endpoint = storage.apiEndpoint
  if (!URL.canParse(endpoint)) {
    throw new DistillError('CONFIG_FAILED', '`STORAGE_EMULATOR_HOST` is not a full address', {
      hint: 'It must be an address such as `http://127.0.0.1:4443`.',
    })
  }
  const anonymous = endpoint.startsWith('http:') && credentials === undefined
  if (!anonymous && !credentials) checkCredentialsVariable()

  const { request, close } = openConnections(timeout)

  async function call({ method, path, query = {}, headers, body, accept = [], signal }: ApiRequest) {
    const url = new URL(path, endpoint)
    const parameters = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    if (parameters.length > 0) url.search = parameters.join('&')
    const authorization = anonymous ? {} : await signIn(storage, url.origin)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    // Without `accept-encoding`, the storage decompresses objects that are stored compressed.
    const sent: Record<string, string> = { 'accept-encoding': 'gzip', ...authorization, ...headers }
    if (method !== 'GET') sent['content-length'] = String(bytes?.length ?? 0)
    const response = await request(url, { method, headers: sent, body: bytes, signal })
    const { status } = response
    if ((status >= 200 && status < 300) || accept.includes(status)) return response
    throw statusError(response)
  }
  return { call, close }
}

/** The parts of a target that say who signs in. */
type Account = Pick<GcsTarget, 'keyFilename' | 'credentials' | 'apiEndpoint'>

async function openStorage({ keyFilename, credentials: given, apiEndpoint }: Account, root: string) {
  const name = '@google-cloud/storage'
  const { Storage } = await loadPackage(name, () => import('@google-cloud/storage'))
  const credentials = keyFilename === undefined ? given : readCredentials('keyFilename', keyFilename, root)
  return { storage: new Storage({ credentials, apiEndpoint }), credentials }
}

/**
 * Signs in to other services of Google as a target says, with application default credentials without any.
 * @param root what a relative `keyFilename` is relative to
 * @throws {DistillError} `SDK_MISSING`; `CONFIG_FAILED` for a file with credentials that cannot be used
 */
export async function signInFor({ keyFilename, credentials: given }: Account, root: string) {
  const { storage, credentials } = await openStorage({ keyFilename, credentials: given }, root)
  if (!credentials) checkCredentialsVariable()
  return {
    /** The headers of a request to a service. */
    headersFor: (url: string) => signIn(storage, url),
    /** The project of the credentials, if they have one. */
    async projectId(): Promise<string | undefined> {
      if (typeof credentials?.project_id === 'string') return credentials.project_id
      return storage.authClient.getProjectId().catch(() => undefined)
    },
  }
}

function checkCredentialsVariable(): void {
  const variable = ['GOOGLE_APPLICATION_CREDENTIALS', 'google_application_credentials'].find(
    (name) => process.env[name],
  )
  if (variable) readCredentials(variable, process.env[variable]!, '.')
}

/**
 * Reads a file with credentials. The SDK's own errors quote the file, or its content given in place of its path.
 * @param name the option or the environment variable that has the path
 * @throws {DistillError} `CONFIG_FAILED`, which shows neither path nor content
 */
function readCredentials(name: string, path: string, root: string): Record<string, unknown> {
  const file = readCredentialFile(path, root)
  let problem = 'names a file that is not a JSON object'
  try {
    const content: unknown = 'text' in file ? JSON.parse(file.text) : undefined
    if (isObject(content)) return content
    if ('problem' in file) problem = file.problem
  } catch {
    // The error of `JSON.parse` quotes the file.
  }
  throw new DistillError('CONFIG_FAILED', `\`${name}\` ${problem}`, {
    hint: "It must be the path of a file with credentials, such as the key of a service account; `keyFilename` is relative to Vite's root. For the content of such a file, there is the option `credentials`.",
  })
}

async function signIn(storage: Storage, url: string): Promise<Record<string, string>> {
  try {
    // Version 7 of the SDK returns a plain object, version 8 returns `Headers`.
    return Object.fromEntries(new Headers(await storage.authClient.getRequestHeaders(url)))
  } catch (error) {
    throw signInError(error)
  }
}
