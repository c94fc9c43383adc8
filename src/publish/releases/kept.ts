import { isFailure } from '../../backends/backend.ts'
import { DistillError } from '../../errors.ts'
import { ownKeys } from '../../keys.ts'
import { inParallel } from '../parallel.ts'
import { storedWithObject, type DesiredObject } from '../site/objects.ts'
import type { WriteContent } from '../site/write-content.ts'
import type { HeadersByHash } from '../state/range.ts'
import { isWritten, type WrittenRecord } from '../state/record.ts'
import type { StateObject } from '../state/state-object.ts'
import type { Store } from '../store/store.ts'

/** The keys of all kept objects start with this. */
const keptKeys = `${ownKeys}objects/`

/** The key of the copy that is kept of an object which a publish replaces or deletes. Equal objects share one. */
export const keptKey = ({
  sha256,
  encoding,
  headersHash,
}: Pick<WrittenRecord, 'sha256' | 'encoding' | 'headersHash'>): string =>
  `${keptKeys}${[sha256, encoding, headersHash].filter(Boolean).join('-')}`

const concurrency = 16

/**
 * Copies objects to where they are kept, each once.
 * @throws {DistillError} `LOCKED` where one is no longer what the state recorded
 */
export async function keepObjects(
  records: readonly WrittenRecord[],
  headers: HeadersByHash,
  store: Store,
  onKept: () => void,
): Promise<void> {
  const byKey = new Map(records.map((record) => [keptKey(record), record]))
  await inParallel(byKey, concurrency, async ([to, { key, etag, headersHash }]) => {
    const known = headers.get(headersHash)
    const options = { headers: known?.headers ?? {}, redirect: known?.redirect, ifSourceMatch: etag }
    try {
      await store.copy(key, to, options)
    } catch (error) {
      if (!isFailure(error, 'precondition')) throw error
      throw new DistillError(
        'LOCKED',
        `\`${key}\` in \`${store.name}\` was changed by something else since the plan was made`,
        { hint: 'Nothing was published. Publish again when nothing else writes there.' },
      )
    }
    onKept()
  })
}

/** The kept objects of a target, by key. */
export async function listKept(store: Store): Promise<ReadonlyMap<string, { etag: string; size: number }>> {
  return new Map((await store.list(keptKeys)).map((object) => [object.key, object]))
}

/** Copies kept objects back. */
export function copiesOf(): WriteContent {
  let listing: ReturnType<typeof listKept> | undefined
  return async ({ file, store, replaced, onRequest }) => {
    const from = keptKey(file)
    // Listed only now: what this rollback replaces was kept meanwhile, and an equal object may have a new ETag.
    listing ??= listKept(store)
    const found = (await listing).get(from)
    if (!found) throw missingError([file], store)
    const ifMatch = store.conditional ? await replaced() : undefined
    onRequest()
    const { etag } = await store.copy(from, file.key, {
      ...storedWithObject(file),
      ifMatch,
      ifSourceMatch: found.etag,
    })
    return { etag, size: found.size }
  }
}

/** The error for objects of a release whose content is nowhere. */
export function missingError(files: readonly Pick<DesiredObject, 'key'>[], store: Store): DistillError {
  const more = files.length > 10 ? [`and ${files.length - 10} more`] : []
  const names = [...files.slice(0, 10).map(({ key }) => `\`${key}\``), ...more].join(', ')
  return new DistillError(
    'RELEASE_INCOMPLETE',
    `\`${store.name}\` has no copy of ${files.length === 1 ? 'an object' : `${files.length} objects`} of the release: ${names}`,
    { hint: 'Something else changed or removed them. Put back another release, or publish a build.' },
  )
}

/** Removes the kept objects that no release needs. Call it after the state was written, with the lock. */
export async function removeUnneeded(stateObject: StateObject, store: Store): Promise<void> {
  const kept = await listKept(store)
  if (kept.size === 0) return
  const { header, ranges } = stateObject.current
  const current = new Set(ranges.map(({ ref }) => ref.name))
  const names = new Set((header.releases ?? []).flatMap((release) => release.ranges))
  const needed = new Set<string>()
  // What a release has in common with the target is still in its place.
  const others = await stateObject.readRelease({ ranges: [...names].filter((name) => !current.has(name)) })
  for (const record of others.records()) if (isWritten(record)) needed.add(keptKey(record))
  await store.removeAll([...kept.keys()].filter((key) => !needed.has(key)))
}
