import { createHash } from 'node:crypto'
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { readChunks } from '../content-hash.ts'
import type { Scope } from './vcs.ts'

/** A file that differs from the commit. */
export interface UncommittedChange {
  /** Relative to the top of the repository, `/`-separated. */
  path: string
  /** What is hashed for a folder, which is another repository. */
  how: string
}

/** A short hash of the changed files' content. It does not depend on where the repository is; undefined if none counts. */
export function hashChanges(
  changes: readonly UncommittedChange[],
  top: string,
  scope: Scope,
): string | undefined {
  const counted = changes.filter(counts(top, scope)).sort((a, b) => (a.path < b.path ? -1 : 1))
  if (counted.length === 0) return undefined
  const hash = createHash('sha256')
  for (const { path, how } of counted) {
    hash.update(`${path}\0`)
    for (const chunk of content(join(top, path), how)) hash.update(chunk)
    hash.update('\0')
  }
  return hash.digest('hex').slice(0, 8)
}

function counts(
  top: string,
  { root, more = [], except = [] }: Scope,
): (change: UncommittedChange) => boolean {
  // A version control gives the real path of its top; a config may go through symbolic links.
  const home = realpathSync(root)
  const from = (path: string) => relative(top, resolve(home, relative(root, path))).replaceAll(sep, '/')
  const inside = (path: string, folder: string) =>
    folder === '' || path === folder || path.startsWith(`${folder}/`)
  const included = [root, ...more].map(from)
  const excluded = except.map(from)
  return ({ path }) =>
    included.some((folder) => inside(path, folder)) &&
    !excluded.some((folder) => inside(path, folder)) &&
    !/(?:^|\/)node_modules\//.test(path)
}

function* content(path: string, how: string): Generator<string | Uint8Array, void, undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return yield '-'
  if (!stats.isFile()) return yield stats.isSymbolicLink() ? `>${readlinkSync(path)}` : `/${how}`
  yield stats.mode & 0o100 ? '*' : '+'
  yield* readChunks(path)
}
