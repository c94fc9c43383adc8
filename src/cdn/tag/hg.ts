import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type UncommittedChange, hashChanges } from './uncommitted.ts'
import { type Commit, type Failed, type Scope, run } from './vcs.ts'

/** The commit of the app's folder in Mercurial. Never throws. */
export function hgCommit(scope: Scope): Commit {
  // Mercurial is slow to start, so it runs only if there is a repository.
  const top = findTop(realpathSync(scope.root))
  if (top === undefined) return { none: 'this is no Mercurial repository' }
  try {
    const hg = (...args: string[]) => run('hg', top, args)
    // The commit that is checked out, which may be older than the tip.
    const id = hg('log', '--rev', '.', '--template', '{node}')
    if (/^0+$/.test(id)) return { none: 'the Mercurial repository has no commit' }
    return { id, changes: hashChanges(parseStatus(hg('status', '--print0')), top, scope) }
  } catch (error) {
    const { code, message, stderr = '' } = error as Failed
    if (code === 'ENOENT') return { none: 'Mercurial is not installed' }
    const said = stderr.split('\n').find((line) => line.startsWith('abort: '))
    return { none: `Mercurial refused: ${said?.slice(7) ?? message}`, refused: true }
  }
}

function findTop(from: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, '.hg'))) return dir
    if (dirname(dir) === dir) return undefined
  }
}

/** Each entry is a letter, a space and a path relative to the top. */
const parseStatus = (status: string): UncommittedChange[] =>
  status
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({ how: entry[0]!, path: entry.slice(2) }))
