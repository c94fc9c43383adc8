import { realpathSync } from 'node:fs'
import { type Change, hashChanges } from './changes.ts'
import { type Commit, type Failed, type Scope, run } from './commit.ts'

/** What git says of the app's folder. Never throws. */
export function gitCommit(scope: Scope): Commit {
  const git = (...args: string[]) => run('git', scope.root, args)
  try {
    const [top, id] = git('rev-parse', '--show-toplevel', 'HEAD').trimEnd().split('\n') as [string, string]
    if (isIgnored(scope.root, top, git)) return { none: 'git ignores this folder' }
    const where = scope.more?.length ? [] : ['--', '.']
    const status = git('status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', ...where)
    return { id, changes: hashChanges(parseStatus(status), realpathSync(top), scope) }
  } catch (error) {
    return whyNot(error as Failed)
  }
}

/** An app in an ignored folder of a repository is no part of its commits. */
function isIgnored(root: string, top: string, git: (...args: string[]) => string): boolean {
  if (realpathSync(root) === realpathSync(top)) return false
  try {
    git('check-ignore', '--quiet', '.')
    return true
  } catch (error) {
    if ((error as { status?: number }).status === 1) return false
    throw error
  }
}

/** Each entry is two letters, a space and a path from the top, which ends in `/` where it is another repository. */
const parseStatus = (status: string): Change[] =>
  status
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({ how: entry.slice(0, 2), path: entry.slice(3).replace(/\/$/, '') }))

function whyNot({ code, message, stdout = '', stderr = '' }: Failed): Commit {
  if (code === 'ENOENT') return { none: 'git is not installed' }
  if (/not a git repository/.test(stderr)) return { none: 'this is no git repository' }
  // The top was found, and `HEAD` was not.
  if (stdout.startsWith('/') || /^[a-z]:/i.test(stdout)) return { none: 'the git repository has no commit' }
  const said = stderr.split('\n').find((line) => line.startsWith('fatal: '))
  return { none: `git refused: ${said?.slice(7) ?? message}`, refused: true }
}
