import { DistillError } from '../../errors.ts'
import type { DesiredObject } from '../site/objects.ts'
import { differenceOf } from './difference.ts'
import { UnreachableError, type PublicSite } from './public-site.ts'

/**
 * Checks once that the public address serves an object as it was stored.
 * @throws {DistillError} `UNVERIFIED`, with the setting that is probably wrong
 */
export async function probeServed(
  site: PublicSite,
  object: DesiredObject,
  { keepsHeaders, fresh = false }: { keepsHeaders: boolean; fresh?: boolean },
): Promise<void> {
  const address = site.addressOfKey(object.key)
  const response = await (fresh ? site.fetchFresh(address) : site.fetch(address)).catch((error: unknown) => {
    if (!(error instanceof UnreachableError)) throw error
    throw new DistillError('UNVERIFIED', error.message, {
      hint: 'Check `publicUrl`: its host and port must be those that visitors use.',
      cause: error,
    })
  })
  const difference = differenceOf(object, address, response, keepsHeaders)
  if (!difference) return
  throw new DistillError('UNVERIFIED', `${address}: expected ${difference.expected}, got ${difference.got}`, {
    hint: hintFor(response.status),
  })
}

function hintFor(status: number): string {
  if (status === 401 || status === 403)
    return 'Visitors may not read there: allow public reads of the bucket, or check that `publicUrl` leads to the right one.'
  if (status === 404)
    return '`publicUrl` leads somewhere else than the target: compare it with the bucket or `path`, and with `prefix`.'
  if (status >= 300 && status < 400)
    return 'Make `publicUrl` the address that the redirect leads to: its scheme and host must be the final ones.'
  return '`publicUrl` must lead to what the target holds, unchanged and with the headers it was stored with.'
}

/**
 * Checks once that the public address no longer serves an object that was deleted.
 * @throws {DistillError} `UNVERIFIED`
 */
export async function probeGone(site: PublicSite, object: DesiredObject): Promise<void> {
  const address = site.addressOfKey(object.key)
  const { status, sha256 } = await site.fetch(address)
  if (status !== 200 || sha256 !== object.sha256) return
  throw new DistillError('UNVERIFIED', `${address} still serves what was deleted`, {
    hint: 'A cache in front of the target ignores `cache-control: no-store`: visitors would see old pages after a publish.',
  })
}
