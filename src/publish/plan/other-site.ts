import type { StoredObject } from '../../backends/backend.ts'
import { DistillError } from '../../errors.ts'
import { compareKeys, ownKeys } from '../../keys.ts'
import { isWritten, type StateRecord } from '../state/record.ts'
import type { Joined } from './merge-join.ts'

/** The last key of the publish wing's own objects that shows that a prefix is a site's. */
const lastMark = `${ownKeys}state.json`
const mark = /^(.+\/)\.vite-distill\/(?:lock|state)\.json$/s

/** Keys that may come before the mark of a folder that they are in. Others are not looked at twice. */
const mayBeEarly = /\/[\0-.]/

/**
 * Adds to each key the prefix of another site that it belongs to, if any: a folder with a state or a lock of its own.
 * The few keys that come before the mark of their folder wait until the mark is found or can no longer come.
 */
export async function* withOtherSites<A, T extends Joined<A, StoredObject, StateRecord>>(
  joined: AsyncIterable<readonly T[]>,
): AsyncGenerator<(T & { otherSite?: string })[], void, undefined> {
  let sites: string[] = []
  const waiting: T[] = []
  const owned = (item: T) =>
    sites.length === 0 ? item : { ...item, otherSite: sites.find((site) => item.key.startsWith(site)) }
  for await (const items of joined) {
    const batch: (T & { otherSite?: string })[] = []
    for (const item of items) {
      if (sites.length > 0 && waiting.length === 0) sites = sites.filter((site) => item.key.startsWith(site))
      const found = siteMarkedBy(item)
      if (found !== undefined) sites.push(found)
      while (waiting.length > 0 && !isEarly(waiting[0]!.key, item.key)) batch.push(owned(waiting.shift()!))
      if (waiting.length > 0 || isEarly(item.key, item.key)) waiting.push(item)
      else batch.push(owned(item))
    }
    yield batch
  }
  yield waiting.map(owned)
}

/** The error for a file that the site has below another site's prefix. */
export const insideOtherSiteError = (key: string, prefix: string, target: string): DistillError =>
  new DistillError(
    'SITE_FOREIGN',
    `this site has \`${key}\`, and \`${prefix}\` in \`${target}\` belongs to another site: it has a state or a lock of its own`,
    {
      hint: `Publish one of the two sites elsewhere. If nothing publishes to \`${prefix}\` any more, remove \`${prefix}${ownKeys}\` and publish again.`,
    },
  )

/** The prefix whose state or lock this is; `undefined` for any other object, and for a file of the site itself. */
function siteMarkedBy({ key, b: object, c: record }: Joined<unknown, StoredObject, StateRecord>) {
  if (!object || (isWritten(record) && record.etag === object.etag)) return undefined
  return mark.exec(key)?.[1]
}

/** Whether the mark of a folder that `key` is in may come after `now`, the last key that was read. */
function isEarly(key: string, now: string): boolean {
  if (!mayBeEarly.test(key)) return false
  for (let end = key.indexOf('/') + 1; end > 0; end = key.indexOf('/', end) + 1) {
    const last = key.slice(0, end) + lastMark
    if (compareKeys(key, last) < 0 && compareKeys(now, last) < 0) return true
  }
  return false
}
