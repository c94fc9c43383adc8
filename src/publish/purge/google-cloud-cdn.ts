import { BackendError } from '../../backends/backend.ts'
import { signInFor } from '../../backends/gcs/client.ts'
import { toBackendError } from '../../backends/gcs/failure.ts'
import { DistillError } from '../../errors.ts'
import type { Target } from '../../options.ts'
import type { GoogleCloudCdnPurge } from '../../purge-options.ts'
import { callApi, reasonIn } from './api.ts'
import { inBatches, untilDone, withRetry, type Purger } from './purger.ts'
import { pathOf } from './urls.ts'

const api = 'https://compute.googleapis.com'

interface Operation {
  name?: string
  status?: string
  error?: unknown
}

/**
 * Purges Cloud CDN by invalidations of a URL map, and waits until these are done.
 * @param viteRoot What a relative `keyFilename` of the target is relative to
 */
export async function googleCloudCdnPurger(
  { urlMap, project: given }: GoogleCloudCdnPurge,
  target: Target,
  viteRoot: string,
  root: string,
): Promise<Purger> {
  const { headersFor, projectId } = await signInFor(target.backend === 'gcs' ? target : {}, viteRoot)
  const project = given ?? (await projectId())
  if (project === undefined) {
    throw new DistillError(
      'CONFIG_FAILED',
      '`purge.googleCloudCdn` has no `project`, and the credentials name none',
      {
        hint: 'Add `project`: the id of the project that the URL map is in.',
      },
    )
  }
  const global = `${api}/compute/v1/projects/${encodeURIComponent(project)}/global`
  const host = new URL(root).hostname

  async function call(method: 'GET' | 'POST', path: string, body: object | undefined, signal?: AbortSignal) {
    const signIn = () =>
      headersFor(api).catch((error: unknown) => Promise.reject(toBackendError('cannot sign in', error)))
    const headers = await withRetry(signIn, signal)
    const { json } = await callApi(global + path, { method, headers, body, signal })
    const operation = (json ?? {}) as Operation
    if (operation.error === undefined) return operation
    throw new BackendError('rejected', reasonIn(operation) ?? 'it gave no reason')
  }

  async function invalidate(paths: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const running: string[] = []
    await inBatches(paths, 1, 8, signal, async ([path]) => {
      const map = encodeURIComponent(urlMap)
      const { name, status } = await call('POST', `/urlMaps/${map}/invalidateCache`, { host, path }, signal)
      if (status !== 'DONE' && name !== undefined) running.push(name)
    })
    await inBatches(running, 1, 8, signal, ([name]) =>
      untilDone(async () => {
        const { status } = await call('GET', `/operations/${encodeURIComponent(name!)}`, undefined, signal)
        return status === 'DONE' ? undefined : 0
      }, signal),
    )
  }

  return {
    name: 'Cloud CDN',
    // A project may make 500 invalidations a minute. Each takes a request.
    maxUrls: 500,
    needs:
      'The credentials need the permissions `compute.urlMaps.invalidateCache` and `compute.globalOperations.get` in the project.',
    purge: (urls, signal) => invalidate([...new Set(urls.map(pathOf))], signal),
    purgeAll: (signal) => invalidate([`${pathOf(root)}*`], signal),
  }
}
