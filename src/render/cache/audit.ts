import { join } from 'node:path'
import { DistillError } from '../../errors.ts'
import type { ManifestFile } from '../../manifest.ts'
import { count } from '../../progress.ts'
import type { PageList } from '../../routes/types.ts'
import { Comparison, type Difference } from '../comparison.ts'
import { describeFailures } from '../failures.ts'
import type { PageTagging } from '../page-tagger.ts'
import { AppThread, type BuiltApp, withThread } from '../worker/app-thread.ts'
import { renderPages } from '../worker/pool.ts'
import type { PageRecord } from './record.ts'

export interface AuditInput extends BuiltApp {
  /** The thread that listed the pages. */
  app: AppThread
  tagging: PageTagging | undefined
  /** The kept pages that are audited. */
  list: PageList
  /** What is known of each page of the list. */
  records: readonly PageRecord[]
}

/**
 * Renders kept pages and compares them with their files: a cache key that is the same for other content is an error.
 * @throws {DistillError} `CACHE_STALE`, naming each page with its key and the first line that differs; `PAGES_FAILED`
 */
export async function auditPages(input: AuditInput): Promise<void> {
  const { options, list, records, tagging, quiet } = input
  if (records.length === 0) return
  const comparison = new Comparison((key) => join(options.outDir, key))
  const render = (first: AppThread) =>
    renderPages({
      first,
      spawn: () => new AppThread({ ...input, quiet: true }),
      options,
      list,
      writer: comparison,
      tagging,
      quiet,
      onPage(page) {
        const { file } = records[page.index]!
        const [first, again] = [answerOf(file), answerOf(page)]
        if (first !== again) comparison.note(file.key, { where: 'status or headers', first, again })
      },
      tick() {},
    })
  const { failures } = await withThread(input.app, input, render)
  if (failures.length > 0) throw describeFailures(failures, list, options.root)
  for (const { key } of list.pages) comparison.expect(key)
  if (comparison.differences.size > 0) throw stale(comparison.differences, input)
}

/** What a page's manifest line says of its response. The rest is its body, or comes from the list of pages. */
const answerOf = ({ status, headers, redirect }: Pick<ManifestFile, 'status' | 'headers' | 'redirect'>) =>
  JSON.stringify({ status, headers, redirect })

function stale(differences: ReadonlyMap<string, Difference>, { list, records }: AuditInput): DistillError {
  const lines = list.pages.flatMap(({ key, url, route, cacheKey }, i) => {
    const found = differences.get(key)
    if (!found) return []
    const last = records[i]!
    const isKey = cacheKey !== undefined && cacheKey === last.cacheKey
    const kept = isKey ? `cache key \`${cacheKey}\`` : `\`ETag\` \`${last.etag}\``
    const { where, first, again } = found
    return `  \`${url}\` (route \`${list.routes[route]!.route}\`), ${kept}, ${where}\n    kept:     ${first}\n    rendered: ${again}`
  })
  return new DistillError(
    'CACHE_STALE',
    `${differences.size} of ${count(records.length, 'audited page')} changed although no cache key or \`ETag\` did\n${lines.sort().join('\n')}`,
    {
      hint: 'Put all that a page shows into its `cacheKey` or into `distillCacheKey` (docs/incremental.md). The site of the last build was left as it was; other pages may be as wrong: `vite-distill render --force` renders all of them.',
    },
  )
}
