import { DistillError } from '../../errors.ts'
import type { DesiredObject } from '../site/objects.ts'
import { acceptHint, differenceOf, type Comparison, type Difference } from './difference.ts'
import { NoResponseError, type PublicSite } from './public-site.ts'

/**
 * Checks once that the public address serves an object as it was stored.
 * @throws {DistillError} `UNVERIFIED`, with the setting that is probably wrong
 */
export async function probeServed(
  site: PublicSite,
  object: DesiredObject,
  comparison: Comparison,
  { fresh = false } = {},
): Promise<void> {
  const address = site.addressOfKey(object.key)
  const response = await (fresh ? site.fetchFresh(address) : site.fetch(address)).catch((error: unknown) => {
    if (!(error instanceof NoResponseError)) throw error
    throw new DistillError('UNVERIFIED', error.message, { hint: error.hint, cause: error })
  })
  const difference = differenceOf(object, address, response, comparison)
  if (!difference) return
  throw new DistillError('UNVERIFIED', `${address}: expected ${difference.expected}, got ${difference.got}`, {
    hint: hintFor(response.status, difference),
  })
}

function hintFor(status: number, difference: Difference): string {
  if (status === 401 || status === 403)
    return 'Visitors may not read there: allow public reads of the bucket, or check that `publicUrl` leads to the right one.'
  if (status === 404)
    return '`publicUrl` leads somewhere else than the target: compare it with the bucket or `path`, and with `prefix`.'
  if (status >= 300 && status < 400)
    return 'Make `publicUrl` the address that the redirect leads to: its scheme and host must be the final ones.'
  return [
    '`publicUrl` must lead to what the target holds, unchanged and with the headers it was stored with.',
    ...acceptHint([difference]),
  ].join(' ')
}

/** Whether the public address serves the content of an object. */
export async function isServed(site: PublicSite, object: DesiredObject): Promise<boolean> {
  try {
    const { status, sha256 } = await site.fetchFresh(site.addressOfKey(object.key))
    return status === 200 && sha256 === object.sha256
  } catch (error) {
    if (error instanceof NoResponseError) return false
    throw error
  }
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
