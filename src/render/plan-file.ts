import { existsSync, renameSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { readLines } from '../read-lines.ts'
import type { PageList } from '../routes/types.ts'
import { writing } from '../staging/write-failed.ts'
import type { Fingerprint } from './cache/fingerprint.ts'
import { type PlannedPage, pagesIn } from './planned-pages.ts'
import { SealedLines, readSeal } from '../sealed-lines.ts'

/** The first line of a plan. A line for each page follows, a {@link PlannedPage}, and then the checksum. */
export interface PlanHeader extends Omit<PageList, 'pages'> {
  version: 1
  /** What shards and the merge must have. */
  fingerprint: Fingerprint
  /** The `createdAt` of the manifest of the last site, if pages of it are kept or may be. */
  last?: string | undefined
  /** No page is kept, because the user said so. */
  force?: true | undefined
  /** How many pages follow. */
  pages: number
}

export interface Plan {
  /** Stands for all of its content. */
  id: string
  header: PlanHeader
  /** The pages, many at a time. */
  pages(): AsyncGenerator<PlannedPage[], void, undefined>
}

/** Writes a plan: `<outDir>.plan.jsonl`. It appears whole. */
export function writePlan(path: string, header: PlanHeader, pages: Iterable<PlannedPage>): void {
  const draft = `${path}.tmp`
  const lines = new SealedLines(draft)
  try {
    lines.add(JSON.stringify(header))
    for (const page of pages) lines.add(JSON.stringify(page))
    lines.seal()
    writing(path, () => renameSync(draft, path))
  } finally {
    lines.close()
    rmSync(draft, { force: true })
  }
}

/**
 * Reads the plan of a site.
 * @throws {DistillError} `NOT_BUILT` if there is none, `PLAN_INVALID` if it is damaged or of another version
 */
export async function readPlan({
  planFile,
  root,
}: Pick<ResolvedOptions, 'planFile' | 'root'>): Promise<Plan> {
  const name = relative(root, planFile)
  if (!existsSync(planFile)) {
    throw new DistillError('NOT_BUILT', `there is no plan at \`${name}\``, {
      hint: 'Run `vite-distill plan` first, and bring its file to every machine that renders a shard or merges them.',
    })
  }
  const seal = await readSeal(planFile)
  const header = seal && (await readHeader(planFile))
  if (header?.version === 1) return { id: seal!.sha256, header, pages: () => pagesIn(planFile) }
  throw new DistillError(
    'PLAN_INVALID',
    `cannot read the plan \`${name}\`: ${header ? `its version is \`${String(header.version)}\`` : 'it was cut short or changed'}`,
    { hint: 'Bring the file here again as `vite-distill plan` wrote it, or plan again.' },
  )
}

async function readHeader(path: string): Promise<PlanHeader | undefined> {
  for await (const [line = ''] of readLines(path)) return JSON.parse(line) as PlanHeader
  return undefined
}
