import { isFailure, type Source } from '../../backends/backend.ts'
import { DistillError } from '../../errors.ts'
import type { Upload } from '../plan/phases.ts'
import type { Semaphore } from '../semaphore.ts'
import { memoryFor, withContent } from '../site/content.ts'
import type { PathOf } from '../site/take.ts'
import { isWritten, writtenRecord, type WrittenRecord } from '../state/record.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'

export interface UploadContext {
  store: Store
  journal: Journal
  /** Where the content of a file is read from. */
  pathOf: PathOf
  /** Limits how many bytes are in memory at a time. */
  memory: Semaphore
}

/** Room for one large file and several small ones. */
export const memoryLimit = 48 * 1024 * 1024

/**
 * Uploads one file, or replaces its headers alone, and notes the new record.
 * @throws {DistillError} `LOCKED` where the object is no longer the one that the plan saw
 */
export async function upload(entry: Upload, context: UploadContext): Promise<void> {
  const { file, replaces } = entry
  const { store, journal } = context
  const stored =
    entry.rewrite && typeof replaces === 'string'
      ? await rewrite(entry, replaces, context)
      : await put(entry, context, async () => replaces)
  journal.written.set(file.key, writtenRecord(file, stored, store.keepsHeaders))
}

/** What was stored. */
type Stored = Pick<WrittenRecord, 'etag' | 'size'>

/** Replaces the headers of an object whose content is right. */
async function rewrite(entry: Upload, ifMatch: string, context: UploadContext): Promise<Stored> {
  const { key, file, record } = entry
  const { store, journal } = context
  try {
    journal.uploadStarted = true
    const { etag } = await store.rewrite(key, { ...headersOf(file), ifMatch })
    return { etag, size: isWritten(record) ? record.size : file.size }
  } catch (error) {
    if (!isFailure(error, 'precondition')) throw error
    // Where headers change the ETag, the response of a first attempt may be lost. Its content is still the file's.
    return put(entry, context, async (source) => (await store.findSame(key, source))?.etag ?? ifMatch)
  }
}

/** @param replaced The ETag of the object to replace, `null` for none; `undefined` to replace whatever is there */
function put(
  { key, file }: Upload,
  { pathOf, store, journal, memory }: UploadContext,
  replaced: (source: Source) => Promise<string | null | undefined>,
): Promise<Stored> {
  return memory.use(memoryFor(file), () =>
    withContent(pathOf(file), file, async (source) => {
      const ifMatch = store.conditional ? await replaced(source) : undefined
      journal.uploadStarted = true
      try {
        const { etag } = await store.put(key, source, { ...headersOf(file), ifMatch })
        return { etag, size: source.size }
      } catch (error) {
        throw isFailure(error, 'precondition') ? changedError(store, key) : error
      }
    }),
  )
}

const changedError = (store: Store, key: string) =>
  new DistillError(
    'LOCKED',
    `\`${key}\` in \`${store.name}\` was changed by something else since the plan was made`,
    {
      hint: 'Does another publish or another program write there? Nothing was deleted after this. Publish again when it has ended.',
    },
  )

const headersOf = ({ headers, redirect }: Upload['file']) => ({ headers, redirect: redirect?.to })
