import { prepare, type PrepareInput, type Prepared } from '../plan/prepare.ts'
import { keptKey, listKept, missingError } from './kept.ts'

/**
 * Makes a plan that puts a release back, and refuses it where the content of an object is nowhere. Changes nothing.
 * @throws {DistillError} as `prepare`
 */
export async function prepareRelease(input: PrepareInput): Promise<Prepared> {
  // A release was built before what is there now.
  const prepared = await prepare({ ...input, flags: { ...input.flags, allowOlder: true } })
  const kept = await listKept(input.store)
  const missing = prepared.plan.entries.flatMap(({ action, file, rewrite }) =>
    action !== 'keep' && file && !rewrite && !kept.has(keptKey(file)) ? [file] : [],
  )
  const refused = missing.length > 0 ? missingError(missing, input.store) : undefined
  return { ...prepared, refused: prepared.refused ?? refused }
}
