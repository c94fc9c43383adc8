import { isFailure } from '../../backends/backend.ts'
import { DistillError } from '../../errors.ts'
import type { Upload } from '../plan/phases.ts'
import { storedWithObject } from '../site/objects.ts'
import type { ContentWrite, WriteContent } from '../site/write-content.ts'
import { isWritten, type WrittenRecord } from '../state/record.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'

export interface UploadContext {
  store: Store
  journal: Journal
  /** Writes the content of a file. */
  write: WriteContent
}

/**
 * Uploads one file, or replaces its headers alone, and notes what was stored.
 * @throws {DistillError} `LOCKED` where the object is no longer the one that the plan saw
 */
export async function upload(entry: Upload, context: UploadContext): Promise<void> {
  const { file, replaces } = entry
  const { store, journal } = context
  const { etag, size } =
    entry.rewrite && typeof replaces === 'string'
      ? await rewrite(entry, replaces, context)
      : await put(entry, context, async () => replaces)
  journal.written.set(file.key, {
    headersHash: store.keepsHeaders ? file.headersHash : '',
    // Of two equal strings, one has to stay in memory.
    etag: etag === file.md5 ? file.md5 : etag,
    size,
    modified: undefined,
  })
}

/** What was stored. */
type Stored = Pick<WrittenRecord, 'etag' | 'size'>

/** Replaces the headers of an object whose content is right. */
async function rewrite(entry: Upload, ifMatch: string, context: UploadContext): Promise<Stored> {
  const { key, file, record } = entry
  const { store, journal } = context
  try {
    journal.uploadStarted = true
    const { etag } = await store.rewrite(key, { ...storedWithObject(file), ifMatch })
    return { etag, size: isWritten(record) ? record.size : file.size }
  } catch (error) {
    if (!isFailure(error, 'precondition')) throw error
    // Where headers change the ETag, the response of a first attempt may be lost. Its content is still the file's.
    return put(
      entry,
      context,
      async (source) => (source && (await store.findSame(key, source))?.etag) ?? ifMatch,
    )
  }
}

async function put(
  { key, file }: Upload,
  { write, store, journal }: UploadContext,
  replaced: ContentWrite['replaced'],
): Promise<Stored> {
  const onRequest = () => {
    journal.uploadStarted = true
  }
  try {
    return await write({ file, store, replaced, onRequest })
  } catch (error) {
    throw isFailure(error, 'precondition') ? changedError(store, key) : error
  }
}

const changedError = (store: Store, key: string) =>
  new DistillError(
    'LOCKED',
    `\`${key}\` in \`${store.name}\` was changed by something else since the plan was made`,
    {
      hint: 'Does another publish or another program write there? Nothing was deleted after this. Publish again when it has ended.',
    },
  )
