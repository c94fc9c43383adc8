import type * as Sdk from '@azure/storage-blob'
import { DistillError, messageOf } from '../../errors.ts'
import { loadPackage } from '../load-package.ts'
import type { AzureTarget } from '../targets.ts'

/**
 * A client of a target's container that sends each request once.
 * @throws {DistillError} `SDK_MISSING`; `OPTION_INVALID` for a malformed connection string
 */
export async function openContainer(target: AzureTarget): Promise<Sdk.ContainerClient> {
  const sdk = await loadPackage('@azure/storage-blob', () => import('@azure/storage-blob'))
  const { connectionString, accountUrl = '', sasToken, container = '$web' } = target
  const options = { retryOptions: { maxTries: 1 } }
  if (connectionString !== undefined) return fromConnectionString(sdk, connectionString, container, options)
  const url = `${accountUrl.replace(/\/+$/, '')}/${encodeURIComponent(container)}`
  if (sasToken !== undefined) {
    const signed = `${url}?${sasToken.replace(/^\?/, '')}`
    return new sdk.ContainerClient(signed, new sdk.AnonymousCredential(), options)
  }
  return new sdk.ContainerClient(url, target.credential ?? (await defaultCredential()), options)
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
  options: Sdk.StoragePipelineOptions,
): Sdk.ContainerClient {
  try {
    return new ContainerClient(connectionString, container, options)
  } catch (error) {
    // The SDK's message names the wrong part and never its value.
    throw new DistillError('OPTION_INVALID', `\`connectionString\` cannot be used: ${messageOf(error)}`, {
      hint: 'Copy it from the storage account\'s "Access keys".',
    })
  }
}

async function defaultCredential(): Promise<Sdk.ContainerClient['credential']> {
  const { DefaultAzureCredential } = await loadPackage('@azure/identity', () => import('@azure/identity'))
  return new DefaultAzureCredential()
}
