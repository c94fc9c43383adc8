import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DistillError } from '../errors.ts'
import { count, createProgress } from '../progress.ts'
import type { PageList } from '../routes/types.ts'
import { Comparison, type Difference } from './comparison.ts'
import { describeFailures } from './failures.ts'
import type { PageTagging } from './page-tagger.ts'
import { AppThread, type BuiltApp } from './worker/app-thread.ts'
import { renderPages } from './worker/pool.ts'

interface VerifyInput extends BuiltApp {
  list: PageList
  tagging: PageTagging | undefined
  /** The folder of the files that differ from the last site. */
  staging: string
  /** Whether the first rendering wrote a page. */
  isWritten: (key: string) => boolean
}

/**
 * Renders all pages again, one at a time, backwards and with fresh modules, and compares them with those that were written.
 * @throws {DistillError} `PAGES_DIFFER`, naming pages and the first line that differs; `PAGES_FAILED`
 */
export async function verifyPages(input: VerifyInput): Promise<void> {
  const { quiet, tagging, staging, isWritten } = input
  // Backwards: what earlier pages leave in variables differs, too.
  const list = { ...input.list, pages: input.list.pages.toReversed() }
  if (list.pages.length === 0) return
  const options = { ...input.options, workers: 1, concurrency: 1 }
  const again = new AppThread({ ...input, options })
  const comparison = new Comparison((key) => {
    if (!isWritten(key)) return undefined
    const staged = join(staging, key)
    return existsSync(staged) ? staged : join(options.outDir, key)
  })
  const progress = createProgress({ label: 'Verifying', total: list.pages.length, quiet })
  const { failures } = await renderPages({
    first: again,
    spawn: () => new AppThread({ ...input, options }),
    options,
    list,
    writer: comparison,
    tagging,
    quiet,
    onPage() {},
    tick: (n) => progress.tick(n),
  }).finally(() => Promise.all([progress.done(), again.close()]))
  if (failures.length > 0) throw describeFailures(failures, list, options.root)
  for (const { key } of list.pages) if (isWritten(key)) comparison.expect(key)
  if (comparison.differences.size > 0) throw describeDifferences(comparison.differences, input.list)
}

/** How many pages are named. */
const pagesShown = 20

function describeDifferences(
  differences: ReadonlyMap<string, Difference>,
  { pages, routes }: PageList,
): DistillError {
  const differing = pages.filter(({ key }) => differences.has(key))
  const lines = differing.slice(0, pagesShown).map(({ key, url, route }) => {
    const { where, first, again } = differences.get(key)!
    return `  \`${url}\` (route \`${routes[route]!.route}\`), ${where}\n    at first: ${first}\n    again:    ${again}`
  })
  const more = differing.length - pagesShown
  if (more > 0) lines.push(`  and ${count(more, 'page')} more`)
  return new DistillError(
    'PAGES_DIFFER',
    `${count(differing.length, 'page')} became different when rendered again, one at a time and backwards\n${lines.join('\n')}`,
    {
      hint: 'A variable that pages share while they wait, the time or a random number is in them (docs/options.md, “One page at a time”). The site of the last build was left as it was.',
    },
  )
}
