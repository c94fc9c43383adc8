import { openBackend } from '../backends/open.ts'
import { assertFile } from '../manifest-line.ts'
import type { ManifestFile } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import type { TargetOptions } from '../target-options.ts'
import { entryOfFile, type EntryOptions } from './plan/entry.ts'
import { mergeJoin } from './plan/merge-join.ts'
import type { PublishContext } from './options.ts'
import { refuseDamagedState, refuseOtherSite } from './plan/refuse.ts'
import { desiredObjects } from './site/objects.ts'
import { builtFile } from './site/site.ts'
import { isWritten, type StateRecord } from './state/record.ts'
import { StateObject } from './state/state-object.ts'
import type { State } from './state/state.ts'
import { withListing } from './store/listing.ts'
import { openStore, type Store } from './store/store.ts'
import { chooseTarget } from './target.ts'

/** Why a recorded page would be uploaded again: its object is lost or changed, or would be stored in another way. */
type PageProblem = 'lost' | 'stored'

/** What a target records of the pages that it holds. */
export interface PublishedPages {
  /** The `run` of its state. */
  run: string
  /** What all pages depend on: the first line of their build's record. */
  build: string
  /** Each page as its build recorded it, and what is wrong with it. Call it before `close`. */
  pages(): AsyncGenerator<{ page: string; problem: PageProblem | undefined }, void, undefined>
  close(): void
}

/**
 * Reads what a target records of the pages of a site, and lists the target.
 * @returns Undefined if nothing is recorded: nothing was published yet, or not with this target in `cache.from`
 * @throws {DistillError} why the target cannot be read; `SITE_FOREIGN`, `STATE_DAMAGED` or `STATE_UNKNOWN`
 */
export async function openPublishedPages(
  options: ResolvedOptions,
  targetName: string,
  { open = openBackend, signal }: Pick<PublishContext, 'open' | 'signal'> = {},
): Promise<PublishedPages | undefined> {
  const { target } = chooseTarget(options, targetName)
  const store = openStore(await open(target, options.root), target.prefix, { signal })
  try {
    const { state, damaged } = await new StateObject(store).read()
    refuseDamagedState(damaged, store.name, false)
    refuseOtherSite(options, state, store.name)
    if (!state || state.header.build === undefined) {
      store.close()
      return undefined
    }
    const { run, build } = state.header
    const problems = await findProblems(state, store, options, target)
    return { run, build, pages: () => pagesOf(state, problems), close: () => store.close() }
  } catch (error) {
    store.close()
    throw error
  }
}

async function* pagesOf(
  state: State,
  problems: ReadonlyMap<string, PageProblem>,
): ReturnType<PublishedPages['pages']> {
  for await (const record of state.records()) {
    if (fileOf(record)) yield { page: (record as { page: string }).page, problem: problems.get(record.key) }
  }
}

/** By key, the pages that a publish would upload again, though their content is the recorded one. */
async function findProblems(
  state: State,
  store: Store,
  { base }: Pick<ResolvedOptions, 'base'>,
  target: TargetOptions,
): Promise<Map<string, PageProblem>> {
  const files = async function* () {
    for (const record of state.records()) {
      const file = fileOf(record)
      if (file) yield [builtFile(file)]
    }
  }
  const desired = desiredObjects({ files, header: { base } }, target)
  const options: EntryOptions = {
    listed: true,
    keepsHeaders: store.keepsHeaders,
    maxRewrite: 0,
    adopt: false,
    keepAssets: false,
    deploy: 0,
    now: 0,
  }
  let first: string | undefined
  for await (const { key } of state.records()) {
    first = key
    break
  }
  return withListing(store, first, async (objects) => {
    const problems = new Map<string, PageProblem>()
    for await (const batch of mergeJoin(desired(), objects, state.records())) {
      for (const { a: file, b: object, c: record } of batch) {
        if (!file) continue
        const { action, reason } = entryOfFile(file, object, record, options)
        if (action === 'keep') continue
        const isStored = reason === 'headers' || reason === 'content'
        problems.set(file.from ?? file.key, isStored ? 'stored' : 'lost')
      }
    }
    return problems
  })
}

/** The manifest's line of a recorded page. A bucket is no safer than a manifest: what does not fit is no page. */
function fileOf(record: StateRecord): ManifestFile | undefined {
  if (!isWritten(record) || record.page === undefined) return undefined
  try {
    const file: unknown = JSON.parse(record.page.slice(record.page.indexOf('\t') + 1))
    assertFile(file, record.key, 'its page')
    return file.key === record.key && file.sha256 === record.sha256 && !file.remote ? file : undefined
  } catch {
    return undefined
  }
}
