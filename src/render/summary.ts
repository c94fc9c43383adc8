import { relative } from 'node:path'
import pc from 'picocolors'
import { bytes, count, duration, number } from '../progress.ts'
import type { DistillResult } from './distill.ts'

/** Pages that took fewer milliseconds are not named as slow. */
const slowMs = 50

/** The result of distilling as text for a terminal. */
export function summarize(result: DistillResult, root: string): string {
  const { pages, redirects, assets, rendered, renderMs } = result
  const dir = relative(root, result.outDir) || result.outDir
  const kinds = [
    count(pages, 'page'),
    ...(redirects > 0 ? [count(redirects, 'redirect')] : []),
    count(assets, 'asset'),
  ]
  // Of few pages it would tell of the start.
  const rate =
    result.shards !== undefined
      ? `, from ${count(result.shards, 'shard')}`
      : rendered > 0 && result.kept === 0 && !result.remote
        ? `, ${number(Math.round((rendered / renderMs) * 1000))} pages/s`
        : ''
  const { new: fresh, changed, unchanged, removed, dropped } = result
  const changes = Object.entries({ new: fresh, changed, unchanged, removed, dropped })
    .filter(([, n]) => n > 0)
    .map(([word, n]) => `${number(n)} ${word}`)
  const named = ({ url, ms }: { url: string; ms: number }) => `${decodeURI(url)} ${duration(ms)}`
  const { kept, remote, audited, renderedAll } = result
  const elsewhere = remote ? `, ${number(remote.pages)} at \`${remote.target}\`` : ''
  const rendering =
    renderedAll === undefined
      ? (kept > 0 || remote) &&
        `rendered ${number(rendered)}, kept ${number(kept)}${elsewhere} (${number(audited)} of them audited)`
      : `rendered all pages: ${renderedAll}`
  const slowest = result.slowest.filter(({ ms }) => ms >= slowMs).map(named)
  return [
    `${pc.green('✓')} distilled ${kinds.join(', ')} (${bytes(result.bytes)}) to ${pc.cyan(dir)} in ${duration(result.ms)}${pc.dim(rate)}`,
    `  ${changes.join(', ') || 'an empty site'}`,
    ...(rendering ? [`  ${rendering}`] : []),
    ...(result.start
      ? [pc.dim(`  first page: ${named(result.start)}, with what the app starts for it`)]
      : []),
    ...(slowest.length > 0 ? [pc.dim(`  slowest: ${slowest.join(', ')}`)] : []),
    ...(result.report ? [pc.dim(`  report: ${relative(root, result.report)}`)] : []),
  ].join('\n')
}
