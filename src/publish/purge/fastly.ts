import type { FastlyPurge } from '../../purge-options.ts'
import { callApi } from './api.ts'
import { inBatches, tokenOf, type Purger } from './purger.ts'

const api = 'https://api.fastly.com'

/** Purges Fastly's cache. A soft purge would go on serving old responses for a while, so none is made. */
export function fastlyPurger({ serviceId, apiToken }: FastlyPurge): Purger {
  const headers = { 'fastly-key': tokenOf('fastly', apiToken, 'FASTLY_API_TOKEN') }
  const send = async (path: string, signal: AbortSignal | undefined): Promise<void> =>
    void (await callApi(api + path, { headers, signal }))
  return {
    name: 'Fastly',
    // A customer may purge 100,000 URLs an hour. Each takes a request.
    maxUrls: serviceId === undefined ? Infinity : 10_000,
    needs: 'The API token needs the scope `purge_select`, and `purge_all` to purge a whole service.',
    purge: (urls, signal) =>
      inBatches(urls, 1, 16, signal, ([url]) => send(`/purge/${url!.replace(/^https?:\/\//, '')}`, signal)),
    purgeAll: (signal) => send(`/service/${encodeURIComponent(serviceId!)}/purge_all`, signal),
  }
}
