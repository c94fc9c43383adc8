import { lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { type UncommittedChange, hashChanges } from './uncommitted.ts'
import { type Commit, type Failed, type Scope, run } from './vcs.ts'

/** The commit of the app's folder in git. Never throws. */
export function gitCommit(scope: Scope): Commit {
  const git = (...args: string[]) => run('git', scope.root, args)
  try {
    const [shown, id] = git('rev-parse', '--show-toplevel', 'HEAD').trimEnd().split('\n') as [string, string]
    const top = realpathSync(shown)
    if (isIgnored(scope.root, top, git)) return { none: 'git ignores this folder' }
    return { id, changes: hashChanges(listChanges(top, scope, git), top, scope) }
  } catch (error) {
    return whyNot(error as Failed)
  }
}

/** Whether git ignores the app's folder: then the app is not part of any commit. */
function isIgnored(root: string, top: string, git: (...args: string[]) => string): boolean {
  if (realpathSync(root) === top) return false
  try {
    git('check-ignore', '--quiet', '.')
    return true
  } catch (error) {
    if ((error as { status?: number }).status === 1) return false
    throw error
  }
}

/** The files that differ from the commit, staged or not, and those that are neither in it nor ignored. */
function listChanges(top: string, { more }: Scope, git: (...args: string[]) => string): UncommittedChange[] {
  const where = more?.length ? [] : ['--', '.']
  const differing = git('diff', '--name-only', '-z', '--no-renames', 'HEAD', ...where)
  const others = git('ls-files', '-z', '--others', '--exclude-standard', '--full-name', ...where)
  // The path of a nested repository ends in `/`.
  const paths = `${differing}${others}`.split('\0').map((path) => path.replace(/\/$/, ''))
  return [...new Set(paths)].filter((path) => path !== '').map((path) => ({ path, how: inner(top, path) }))
}

/** The commit and changes of a repository inside this one, a submodule or not; empty for a file. */
function inner(top: string, path: string): string {
  const root = join(top, path)
  return lstatSync(root, { throwIfNoEntry: false })?.isDirectory() ? JSON.stringify(gitCommit({ root })) : ''
}

function whyNot({ code, message, stdout = '', stderr = '' }: Failed): Commit {
  if (code === 'ENOENT') return { none: 'git is not installed' }
  if (/not a git repository/.test(stderr)) return { none: 'this is no git repository' }
  // Git printed the top folder, but found no `HEAD`.
  if (stdout.startsWith('/') || /^[a-z]:/i.test(stdout)) return { none: 'the git repository has no commit' }
  const said = stderr.split('\n').find((line) => line.startsWith('fatal: '))
  return { none: `git refused: ${said?.slice(7) ?? message}`, refused: true }
}
