import { BackendError } from '../../backends/backend.ts'
import { memoryFor, withContent } from '../site/content.ts'
import type { Journal } from './journal.ts'
import type { Upload } from '../plan/phases.ts'
import { written } from '../plan/plan.ts'
import type { Slots } from '../semaphore.ts'
import { isWritten } from '../state/state.ts'
import type { Store } from '../store/store.ts'

export interface UploadContext {
  store: Store
  journal: Journal
  /** Where the site's files are. */
  directory: string
  /** Bytes that may be in memory at a time. */
  memory: Slots
}

/** As much as two large files take, or many small ones. */
export const memoryLimit = 48 * 1024 * 1024

/** Puts one file into the target, or changes what is stored beside it, and notes what the storage answered. */
export async function upload(entry: Upload, context: UploadContext): Promise<void> {
  const { file } = entry
  const { store, journal } = context
  const stored = (await rewrite(entry, context)) ?? (await put(entry, context))
  journal.done.set(file.key, written(file, stored, store.keepsHeaders))
}

/** Changes what is stored beside the content, where only that differs; `undefined` where the content is needed. */
async function rewrite(
  { key, file, rewrite, record }: Upload,
  { store, journal }: UploadContext,
): Promise<{ etag: string; size: number } | undefined> {
  if (!rewrite || !isWritten(record)) return undefined
  try {
    journal.begun = true
    const { etag } = await store.rewrite(key, { ...storedWith(file), ifMatch: record.etag })
    return { etag, size: record.size }
  } catch (error) {
    // Somebody changed it since it was listed.
    if (error instanceof BackendError && error.kind === 'precondition') return undefined
    throw error
  }
}

function put({ key, file }: Upload, { directory, store, journal, memory }: UploadContext) {
  return memory.use(memoryFor(file), () =>
    withContent(directory, file, async (source) => {
      journal.begun = true
      return { ...(await store.put(key, source, storedWith(file))), size: source.size }
    }),
  )
}

const storedWith = ({ headers, redirect }: Upload['file']) => ({
  headers,
  ...(redirect && { redirect: redirect.to }),
})
