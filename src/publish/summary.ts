import pc from 'picocolors'
import { printable } from '../errors.ts'
import { bytes, duration, number } from '../progress.ts'
import type { Action, Change, Reason } from './change.ts'
import type { ReleasesResult } from './releases.ts'
import type { ReleaseChanges } from './releases/release-changes.ts'
import type { PublishResult } from './result.ts'
import type { TestPublishResult, TestStep } from './test-publish.ts'
import type { UnlockResult } from './unlock.ts'
import type { UnpublishResult } from './unpublish-result.ts'

const done: Record<Action, string> = {
  upload: 'uploaded',
  update: 'updated',
  headers: 'headers changed',
  keep: 'unchanged',
  delete: 'deleted',
}

const planned: Record<Action, string> = {
  upload: 'to upload',
  update: 'to update',
  headers: 'to change the headers of',
  keep: 'unchanged',
  delete: 'to delete',
}

const marks: Record<Action, string> = { upload: '+', update: '~', headers: '~', keep: ' ', delete: '-' }

/**
 * The lines that announce a publish or a rollback: how many changes of each kind, then the keys to delete or to
 * overwrite.
 */
export function planLines(changes: readonly Change[], to: string, what = 'Publishing to'): string[] {
  const groups = new Map<string, number>()
  for (const { action, reason } of changes) {
    const group = `${planned[action]}${because(action, reason)}`
    groups.set(group, (groups.get(group) ?? 0) + 1)
  }
  return [
    `${what} ${pc.cyan(to)}`,
    ...[...groups].map(([group, count]) => `  ${number(count)} ${group}`),
    ...lossLines(changes),
  ]
}

const reasons: Partial<Record<Reason, string>> = {
  content: ' (content changed)',
  unknown: ' (state unknown)',
  unmanaged: ' (unmanaged)',
}

/** The reason, where the action does not imply it. */
const because = (action: Action, reason: Reason) => (action === 'upload' ? '' : (reasons[reason] ?? ''))

const lossLines = (changes: readonly Change[]) =>
  changes
    .filter(({ action, reason }) => action === 'delete' || reason === 'unmanaged')
    .map(({ key, action }) => pc.red(`  ${marks[action]} ${printable(key)}`))

/** The result of a publish in a few lines. */
export function summaryLines(result: PublishResult): string[] {
  const { counts, dryRun, plan, to, notices } = result
  const changed = counts.upload + counts.update + counts.headers + counts.delete
  const words = dryRun ? planned : done
  const parts = (Object.keys(words) as Action[])
    .filter((action) => counts[action] > 0)
    .map((action) => `${number(counts[action])} ${words[action]}`)
  const sum = parts.join(', ')
  const size = result.bytes > 0 ? ` (${bytes(result.bytes)})` : ''
  const headline = dryRun
    ? `${pc.bold('Dry run')}${result.release === undefined ? '' : ` of putting back release ${result.release}`}: ${changed === 0 ? 'nothing would change' : `${sum}${size}`} in ${pc.cyan(to)}`
    : changed === 0
      ? `${pc.green('✓')} Nothing changed: ${number(counts.keep)} files in ${pc.cyan(to)} are as they should be`
      : result.release === undefined
        ? `${pc.green('✓')} Published to ${pc.cyan(to)}: ${sum}${size}`
        : `${pc.green('✓')} Put back release ${result.release} in ${pc.cyan(to)}: ${sum}`

  return [
    headline,
    ...(dryRun ? dryRunLines(plan) : []),
    ...(result.verified ? [`  ${number(result.verified)} verified through ${result.publicUrl}`] : []),
    ...(result.purged ? [`  ${number(result.purged)} URLs purged`] : []),
    pc.dim(`  ${duration(result.ms)}, ${requestWords(result.requests)}`),
    ...(result.unmanaged > 0
      ? [pc.dim(`  ${number(result.unmanaged)} unmanaged objects were left alone`)]
      : []),
    ...notices.map((notice) => pc.yellow(`  ${notice}`)),
    ...(result.publicUrl && !dryRun ? [`  ${pc.cyan(result.publicUrl)}`] : []),
  ]
}

const dryRunLines = (plan: readonly Change[]) =>
  plan
    .filter(({ action }) => action !== 'keep')
    .map(({ key, action, reason }) => {
      const line = `  ${marks[action]} ${printable(key)}`
      return action === 'delete' ? pc.red(line) : `${line} ${pc.dim(reason)}`
    })

/** `3 requests: 1 list, 1 get, 1 put` */
function requestWords(requests: PublishResult['requests']): string {
  const kinds = Object.entries(requests).filter(([, count]) => count > 0)
  const total = kinds.reduce((sum, [, count]) => sum + count, 0)
  const words = kinds.map(([kind, count]) => `${number(count)} ${kind}`).join(', ')
  return `${number(total)} requests${total > 0 ? ` (${words})` : ''}`
}

/** The releases of a target, the newest first. */
export function releaseLines({ to, releases, changedSince }: ReleasesResult): string[] {
  if (releases.length === 0)
    return [`${pc.cyan(to)} keeps no releases: set \`releases: 5\` in the target, then publish`]
  return [
    `Releases of ${pc.cyan(to)}`,
    ...(changedSince ? [pc.yellow('  Something was published since the newest of them')] : []),
    ...releases.flatMap(({ release, publishedAt, createdAt, current, of, counts, changes }) => {
      const parts = (Object.keys(counts) as (keyof typeof counts)[])
        .filter((action) => counts[action] > 0)
        .map((action) => `${number(counts[action])} ${done[action]}`)
      const what = of === undefined ? `built ${createdAt}` : `put back ${of}, built ${createdAt}`
      const mark = current ? pc.green(' current') : ''
      const keys = changes ? changedKeys(changes) : []
      return [
        `${pc.bold(String(release).padStart(5))}  published ${publishedAt}, ${what}${mark}`,
        pc.dim(
          `       ${parts.join(', ') || (keys.length > 0 ? 'nothing new, but since the release before:' : 'nothing changed')}`,
        ),
        ...keys.slice(0, shownKeys).map((line) => pc.dim(`       ${line}`)),
        ...(keys.length > shownKeys ? [pc.dim(`       and ${number(keys.length - shownKeys)} more`)] : []),
      ]
    }),
  ]
}

/** Keys that the list of releases names for each. \`--json\` has all. */
const shownKeys = 5

const changedKeys = ({ added, changed, removed }: ReleaseChanges): string[] => [
  ...added.map((key) => `${marks.upload} ${printable(key)}`),
  ...changed.map((key) => `${marks.update} ${printable(key)}`),
  ...removed.map((key) => `${marks.delete} ${printable(key)}`),
]

/** One step of `test-publish`. */
export const stepLine = ({ name, ok, ms }: TestStep): string =>
  `${ok ? pc.green('✓') : pc.red('✗')} ${name} ${pc.dim(duration(ms))}`

/** The result of `test-publish`. */
export const testSummaryLines = ({ ok, to, target, requests, notices }: TestPublishResult): string[] => [
  ok
    ? `${pc.green('✓')} ${pc.cyan(to)} is ready: publish with \`vite-distill publish ${target}\``
    : `${pc.red('✗')} ${pc.cyan(to)} cannot be published to as it is`,
  pc.dim(`  ${requestWords(requests)}`),
  ...notices.map((notice) => pc.yellow(`  ${notice}`)),
]

/** The result of `unlock`. */
export const unlockLine = ({ to, lock }: UnlockResult): string =>
  lock
    ? `${pc.green('✓')} Removed the lock of ${pc.cyan(to)}, which ${printable(`${lock.owner} had since ${lock.since}`)}`
    : `${pc.green('✓')} ${pc.cyan(to)} is not locked`

/** The lines that announce what `unpublish` deletes. */
export const removalLines = (changes: readonly Change[], to: string): string[] => [
  `Unpublishing ${pc.cyan(to)}`,
  `  ${number(changes.length)} ${planned.delete}`,
  ...lossLines(changes),
]

/** The result of `unpublish`. */
export function removedLines(result: UnpublishResult): string[] {
  const { to, plan, found, dryRun, unmanaged, verified, publicUrl, requests, ms, notices } = result
  if (!found) return [`${pc.green('✓')} Nothing is published in ${pc.cyan(to)}`]
  const count = number(plan.length)
  return [
    dryRun
      ? `${pc.bold('Dry run')}: ${count} ${planned.delete} in ${pc.cyan(to)}, and the state`
      : `${pc.green('✓')} Unpublished ${pc.cyan(to)}: ${count} deleted, and the state`,
    ...(dryRun ? lossLines(plan) : []),
    ...(result.purged ? [`  ${number(result.purged)} URLs purged`] : []),
    ...(verified ? [`  ${number(verified)} verified to be gone from ${publicUrl}`] : []),
    pc.dim(`  ${duration(ms)}, ${requestWords(requests)}`),
    ...(unmanaged > 0 ? [pc.dim(`  ${number(unmanaged)} unmanaged objects were left alone`)] : []),
    ...notices.map((notice) => pc.yellow(`  ${notice}`)),
  ]
}
