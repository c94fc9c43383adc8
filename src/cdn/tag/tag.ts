import { gitCommit } from './git.ts'
import { hgCommit } from './hg.ts'
import type { Commit, Scope } from './vcs.ts'

/** How much of a hash the tag of a site holds. */
export const commitLength = 14

export interface TakenTag {
  tag: string
  /** Why it is the time and no commit, where that is not what one would expect. */
  warning?: string
}

/**
 * The tag of what is in the app's folder now: of its git commit, else of its Mercurial commit, else the time.
 * Uncommitted changes add a hash of theirs. Never throws.
 * @param wanted Whether a commit was asked for by name
 */
export function takeTag(scope: Scope, wanted = false): TakenTag {
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
  const told = wanted ? reasons : reasons.filter(({ refused }) => refused)
  if (told.length === 0) return { tag }
  return {
    tag,
    warning: `\`cdn.tag\` is the time, \`${tag}\`, for want of a commit: ${told.map(({ none }) => none).join('; ')}`,
  }
}

/** `YYYYMMDDHHMMSS` in UTC. */
export const timeTag = (): string => new Date().toISOString().replace(/\D/g, '').slice(0, 14)
