import { defaultCredential } from '../../backends/azure/client.ts'
import { toBackendError } from '../../backends/azure/failure.ts'
import { BackendError } from '../../backends/backend.ts'
import type { Target } from '../../options.ts'
import type { AzureFrontDoorPurge } from '../../purge-options.ts'
import { retryAfterOf } from '../retry.ts'
import { callApi, reasonIn } from './api.ts'
import { inBatches, untilDone, withRetry, type Purger } from './purger.ts'
import { pathOf } from './urls.ts'

const api = 'https://management.azure.com'
const version = '2025-04-15'
/** The paths that one request may have. */
const maxPaths = 100

/** Purges an endpoint of Azure Front Door, and waits until that is done. */
export async function azureFrontDoorPurger(
  { subscriptionId, resourceGroup, profile, endpoint }: AzureFrontDoorPurge,
  target: Target,
  root: string,
): Promise<Purger> {
  const credential =
    (target.backend === 'azure' ? target.credential : undefined) ?? (await defaultCredential())
  const [subscription, group, front, end] = [subscriptionId, resourceGroup, profile, endpoint].map(
    encodeURIComponent,
  )
  const address = `${api}/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Cdn/profiles/${front}/afdEndpoints/${end}/purge?api-version=${version}`
  const domains = [new URL(root).hostname]

  async function call(method: 'GET' | 'POST', to: string, body: object | undefined, signal?: AbortSignal) {
    const signIn = () =>
      credential
        .getToken(`${api}/.default`)
        .catch((error: unknown) => Promise.reject(toBackendError('cannot sign in', error)))
    const token = await withRetry(signIn, signal)
    if (!token) throw new BackendError('unauthorised', 'cannot sign in: the credential gave no token')
    return callApi(to, { method, headers: { authorization: `Bearer ${token.token}` }, body, signal })
  }

  async function purge(paths: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const running: string[] = []
    await inBatches(paths, maxPaths, 4, signal, async (contentPaths) => {
      const { headers } = await call('POST', address, { contentPaths, domains }, signal)
      const operation = headers.get('azure-asyncoperation')
      if (operation === null) return
      // The token goes to no other address.
      if (!operation.startsWith(`${api}/`))
        throw new BackendError('rejected', 'the status of the purge is at an unknown address')
      running.push(operation)
    })
    await inBatches(running, 1, 4, signal, ([operation]) =>
      untilDone(async () => {
        const { headers, json } = await call('GET', operation!, undefined, signal)
        const { status = '' } = (json ?? {}) as { status?: string }
        if (status === 'Succeeded') return undefined
        if (status === 'Failed' || status === 'Canceled')
          throw new BackendError('rejected', reasonIn(json) ?? `the purge ended as ${status}`)
        return retryAfterOf(headers.get('retry-after')) ?? 0
      }, signal),
    )
  }

  return {
    name: 'Azure Front Door',
    maxUrls: 1000,
    needs:
      'The identity needs the permission `Microsoft.Cdn/profiles/afdEndpoints/Purge/action` for the endpoint.',
    purge: (urls, signal) => purge([...new Set(urls.map(pathOf))], signal),
    purgeAll: (signal) => purge([`${pathOf(root)}*`], signal),
  }
}
