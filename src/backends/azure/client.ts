import type * as Sdk from '@azure/storage-blob'
import { DistillError, messageOf } from '../../errors.ts'
import type { AzureTarget } from '../targets.ts'
import { loadPackage } from '../sdk.ts'

/**
 * The container of a target, each request of which is tried once.
 * @throws {DistillError} `SDK_MISSING`; `OPTION_INVALID` for a connection string that is none
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

function fromConnectionString(
  { ContainerClient }: typeof Sdk,
  connectionString: string,
  container: string,
  options: Sdk.StoragePipelineOptions,
): Sdk.ContainerClient {
  try {
    return new ContainerClient(connectionString, container, options)
  } catch (error) {
    // Its words name the part that is wrong, and never what it holds.
    throw new DistillError('OPTION_INVALID', `\`connectionString\` cannot be used: ${messageOf(error)}`, {
      hint: 'Copy it from the storage account\'s "Access keys".',
    })
  }
}

async function defaultCredential(): Promise<Sdk.ContainerClient['credential']> {
  const { DefaultAzureCredential } = await loadPackage('@azure/identity', () => import('@azure/identity'))
  return new DefaultAzureCredential()
}
