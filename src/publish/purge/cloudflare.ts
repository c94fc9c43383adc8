import type { CloudflarePurge } from '../../purge-options.ts'
import { callApi } from './api.ts'
import { inBatches, tokenOf, type Purger } from './purger.ts'

/** The URLs that one request may have. Only the plan Enterprise allows more. */
const maxFiles = 100

/** Purges Cloudflare's cache of a zone. */
export function cloudflarePurger({ zoneId, apiToken }: CloudflarePurge, root: string): Purger {
  const headers = { authorization: `Bearer ${tokenOf('cloudflare', apiToken, 'CLOUDFLARE_API_TOKEN')}` }
  const address = `https://api.cloudflare.com/client/v4/zones/${encodeURIComponent(zoneId)}/purge_cache`
  const send = async (body: object, signal: AbortSignal | undefined): Promise<void> =>
    void (await callApi(address, { headers, body, signal }))
  return {
    name: 'Cloudflare',
    // The plan Free allows 800 URLs a second.
    maxUrls: 10_000,
    needs: 'The API token needs the permission "Cache Purge: Purge" for the zone.',
    purge: (urls, signal) => inBatches(urls, maxFiles, 2, signal, (files) => send({ files }, signal)),
    // Everything of this site, and not of the zone's other hosts and folders.
    purgeAll(signal) {
      const { hostname, pathname } = new URL(root)
      const body = pathname === '/' ? { hosts: [hostname] } : { prefixes: [hostname + pathname.slice(0, -1)] }
      return send(body, signal)
    },
  }
}
