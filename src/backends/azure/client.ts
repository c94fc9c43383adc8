import type * as Sdk from '@azure/storage-blob'
import { DistillError, messageOf } from '../../errors.ts'
import { loadPackage } from '../load-package.ts'
import { defaultContainer, type AzureCredential, type AzureTarget } from '../targets.ts'

/** Each request is sent once. */
export const clientOptions: Sdk.StoragePipelineOptions = { retryOptions: { maxTries: 1 } }

/**
 * A client of a target's container that sends each request once.
 * @throws {DistillError} `SDK_MISSING`; `OPTION_INVALID` for a malformed connection string; `CONFIG_FAILED` for a
 *   malformed address of a proxy
 */
export async function openContainer(target: AzureTarget): Promise<Sdk.ContainerClient> {
  const sdk = await loadPackage('@azure/storage-blob', () => import('@azure/storage-blob'))
  const { connectionString, accountUrl = '', sasToken, container = defaultContainer } = target
  refuseProxy()
  if (connectionString !== undefined) return fromConnectionString(sdk, connectionString, container)
  const url = `${accountUrl.replace(/\/+$/, '')}/${encodeURIComponent(container)}`
  if (sasToken !== undefined) {
    const signed = `${url}?${sasToken.replace(/^\?/, '')}`
    return new sdk.ContainerClient(signed, new sdk.AnonymousCredential(), clientOptions)
  }
  return new sdk.ContainerClient(url, target.credential ?? (await defaultCredential()), clientOptions)
}

/**
 * The timeout of one request: 30 seconds, and the time that its body takes at 8 kB/s. The SDK cannot count time
 * without traffic, so that a fixed timeout would end large uploads on a slow line.
 */
export const timeoutFor = (bytes = 0): AbortSignal => AbortSignal.timeout(30_000 + Math.ceil(bytes / 8))

function fromConnectionString(
  { ContainerClient }: typeof Sdk,
  connectionString: string,
  container: string,
): Sdk.ContainerClient {
  let why = 'its endpoint is not an address, or has a user name'
  try {
    const client = new ContainerClient(connectionString, container, clientOptions)
    const { protocol, username, password } = new URL(client.url)
    if (/^https?:/.test(protocol) && username === '' && password === '') return client
  } catch (error) {
    // The SDK's message names the wrong part and never its value.
    why = messageOf(error)
  }
  throw new DistillError('OPTION_INVALID', `\`connectionString\` cannot be used: ${why}`, {
    hint: 'Copy it from the storage account\'s "Access keys".',
  })
}

/** Variables in which the SDK looks for the address of a proxy. The first that is set is used. */
const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy']

/** The SDK's error for the address of a proxy does not name the variable that has it. */
function refuseProxy(): void {
  const used = proxyVariables.find((name) => process.env[name])
  if (used === undefined || URL.canParse(process.env[used]!)) return
  throw new DistillError('CONFIG_FAILED', `\`${used}\` is not a full address`, {
    hint: 'It must be the address of a proxy, such as `http://proxy.example.com:3128`.',
  })
}

/**
 * The identity of this machine or of the environment.
 * @throws {DistillError} `SDK_MISSING`
 */
export async function defaultCredential(): Promise<AzureCredential> {
  const { DefaultAzureCredential } = await loadPackage('@azure/identity', () => import('@azure/identity'))
  return new DefaultAzureCredential()
}
