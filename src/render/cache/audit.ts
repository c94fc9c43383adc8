import { join } from 'node:path'
import { DistillError } from '../../errors.ts'
import type { ManifestFile } from '../../manifest.ts'
import { count } from '../../progress.ts'
import type { PageList } from '../../routes/types.ts'
import { Comparison, type Difference } from '../comparison.ts'
import { describeFailures } from '../failures.ts'
import type { Rendered } from '../messages.ts'
import type { PageTagging } from '../page-tagger.ts'
import { AppThread, type BuiltApp, withThread } from '../worker/app-thread.ts'
import { renderPages } from '../worker/pool.ts'
import type { PageRecord } from './record.ts'

/** Kept pages that are audited. */
export interface AuditedPages {
  list: PageList
  /** What is known of each page of the list. */
  records: readonly PageRecord[]
}

/** Compares kept pages that were rendered again with what the site has. */
export class Audit {
  /** Takes the pages that are rendered. */
  readonly comparison: Comparison
  readonly #pages: AuditedPages

  constructor(pages: AuditedPages, { outDir }: { outDir: string }) {
    this.#pages = pages
    const remote = pages.records.flatMap(({ remote, file }): [string, string][] =>
      remote ? [[file.key, file.sha256]] : [],
    )
    this.comparison = new Comparison((key) => join(outDir, key), new Map(remote))
  }

  /** Compares all of a page but its body. */
  compare(page: Pick<Rendered, 'status' | 'headers' | 'redirect'>, { file }: PageRecord): void {
    const [first, again] = [answerOf(file), answerOf(page)]
    if (first !== again) this.comparison.note(file.key, { where: 'status or headers', first, again })
  }

  /** @throws {DistillError} `CACHE_STALE`, naming each page that differs, with its key and the first line that does */
  end(): void {
    for (const { key } of this.#pages.list.pages) this.comparison.expect(key)
    const { differences } = this.comparison
    if (differences.size > 0) throw stale(differences, this.#pages)
  }
}

export interface AuditInput extends BuiltApp, AuditedPages {
  /** The thread that listed the pages. */
  app: AppThread | undefined
  tagging: PageTagging | undefined
}

/**
 * Renders kept pages and compares them with their files: a cache key that is the same for other content is an error.
 * @throws {DistillError} `CACHE_STALE` or `PAGES_FAILED`
 */
export async function auditPages(input: AuditInput): Promise<void> {
  const { options, list, records, tagging, quiet } = input
  if (records.length === 0) return
  const audit = new Audit(input, options)
  const render = (first: AppThread) =>
    renderPages({
      first,
      spawn: () => new AppThread({ ...input, quiet: true }),
      options,
      list,
      writer: audit.comparison,
      tagging,
      quiet,
      onPage: (page) => audit.compare(page, records[page.index]!),
      tick() {},
    })
  const { failures } = await withThread(input.app, input, render)
  if (failures.length > 0) throw describeFailures(failures, list, options.root)
  audit.end()
}

/** What a page's manifest line says of its response. The rest is its body, or comes from the list of pages. */
const answerOf = ({ status, headers, redirect }: Pick<ManifestFile, 'status' | 'headers' | 'redirect'>) =>
  JSON.stringify({ status, headers, redirect })

function stale(differences: ReadonlyMap<string, Difference>, { list, records }: AuditedPages): DistillError {
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
      hint: 'Put all that a page shows into its `cacheKey` or into `distillCacheKey` (docs/incremental.md). The site of the last build was left as it was; other pages may be as wrong: `vite-distill render --force` renders all of them, and for shards `plan --force`.',
    },
  )
}
