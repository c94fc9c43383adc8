import { gitCommit } from './git.ts'
import { hgCommit } from './hg.ts'
import type { Commit, Scope } from './vcs.ts'

/** Characters of a commit's hash in a tag. */
export const commitLength = 14

export interface TakenTag {
  tag: string
  /** Why the tag is the time, if a commit was to be expected. */
  warning?: string
}

/**
 * The tag of the app's folder: its git commit, else its Mercurial commit, else the time. Uncommitted changes add a hash
 * of them. Never throws.
 * @param expected Whether the user asked for a commit: then a warning says why there is none
 */
export function takeTag(scope: Scope, expected = false): TakenTag {
  const reasons: Exclude<Commit, { id: string }>[] = []
  for (const ask of [gitCommit, hgCommit]) {
    const commit = ask(scope)
    if ('id' in commit) {
      const { id, changes } = commit
      return { tag: id.slice(0, commitLength) + (changes === undefined ? '' : `-${changes}`) }
    }
    reasons.push(commit)
  }
  const tag = timeTag()
  const told = expected ? reasons : reasons.filter(({ refused }) => refused)
  if (told.length === 0) return { tag }
  return {
    tag,
    warning: `\`cdn.tag\` is the time, \`${tag}\`, because there is no commit: ${told.map(({ none }) => none).join('; ')}`,
  }
}

/** `YYYYMMDDHHMMSS` in UTC. */
export const timeTag = (): string => new Date().toISOString().replace(/\D/g, '').slice(0, 14)
