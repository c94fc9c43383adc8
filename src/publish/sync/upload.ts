import { BackendError } from '../../backends/backend.ts'
import type { Upload } from '../plan/phases.ts'
import type { Semaphore } from '../semaphore.ts'
import { memoryFor, withContent } from '../site/content.ts'
import { isWritten, writtenRecord } from '../state/record.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'

export interface UploadContext {
  store: Store
  journal: Journal
  /** Where the site's files are. */
  directory: string
  /** Limits how many bytes are in memory at a time. */
  memory: Semaphore
}

/** Room for one large file and several small ones. */
export const memoryLimit = 48 * 1024 * 1024

/** Uploads one file, or replaces its headers alone, and notes the new record. */
export async function upload(entry: Upload, context: UploadContext): Promise<void> {
  const { file } = entry
  const { store, journal } = context
  const stored = (await rewrite(entry, context)) ?? (await put(entry, context))
  journal.written.set(file.key, writtenRecord(file, stored, store.keepsHeaders))
}

/** Replaces the headers of an object whose content is right; `undefined` where the file has to be uploaded. */
async function rewrite(
  { key, file, rewrite, record }: Upload,
  { store, journal }: UploadContext,
): Promise<{ etag: string; size: number } | undefined> {
  if (!rewrite || !isWritten(record)) return undefined
  try {
    journal.uploadStarted = true
    const { etag } = await store.rewrite(key, { ...headersOf(file), ifMatch: record.etag })
    return { etag, size: record.size }
  } catch (error) {
    // Something else changed the object after it was listed.
    if (error instanceof BackendError && error.kind === 'precondition') return undefined
    throw error
  }
}

function put({ key, file }: Upload, { directory, store, journal, memory }: UploadContext) {
  return memory.use(memoryFor(file), () =>
    withContent(directory, file, async (source) => {
      journal.uploadStarted = true
      const { etag } = await store.put(key, source, headersOf(file))
      return { etag, size: source.size }
    }),
  )
}

const headersOf = ({ headers, redirect }: Upload['file']) => ({ headers, redirect: redirect?.to })
