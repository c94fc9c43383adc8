import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DistillError, messageOf } from '../errors.ts'
import { applyEdits, type Change } from './edit.ts'
import { refused } from './refused.ts'

interface Written {
  file: string
  staged: string
  before: string | undefined
}

/**
 * Writes all changes, or none of them.
 * @throws {DistillError} `INIT_REFUSED` if a file is no longer as it was read, or `WRITE_FAILED`
 */
export function writeChanges(root: string, changes: readonly Change[]): void {
  const staged: Written[] = []
  const moved: Written[] = []
  try {
    for (const change of changes) staged.push(stage(root, change))
    for (const written of staged) {
      renameSync(written.staged, written.file)
      moved.push(written)
    }
  } catch (error) {
    for (const { file, before } of moved) {
      if (before === undefined) rmSync(file, { force: true })
      else writeFileSync(file, before)
    }
    for (const { staged: file } of staged) rmSync(file, { force: true })
    if (error instanceof DistillError) throw error
    throw new DistillError('WRITE_FAILED', `nothing was changed: ${messageOf(error)}`, { cause: error })
  }
}

/** Writes the new content beside the file. */
function stage(root: string, { path, before, edits }: Change): Written {
  const named = join(root, path)
  // A link stays one: what it leads to is replaced.
  const file = existsSync(named) ? realpathSync(named) : named
  const now = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  if (now !== before) throw refused(`\`${path}\` changed meanwhile`, 'Run this again.')
  const staged = `${file}.${process.pid}.vite-distill`
  writeFileSync(staged, applyEdits(before ?? '', edits), { flag: 'wx' })
  if (before !== undefined) chmodSync(staged, statSync(file).mode)
  return { file, staged, before }
}
