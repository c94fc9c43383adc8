import { DistillError } from '../../errors.ts'
import { count, createProgress } from '../../progress.ts'
import type { Page, PageList } from '../../routes/types.ts'
import { unsafeKey } from '../../keys.ts'
import { Audit } from '../cache/audit.ts'
import type { Keeping } from '../cache/keep-pages.ts'
import type { PageRecord } from '../cache/record.ts'
import { describeFailures } from '../failures.ts'
import { siteFile } from '../link-audit.ts'
import type { BodyPart, WrittenFile } from '../messages.ts'
import type { PageSource } from '../page-source.ts'
import type { Plan } from '../plan-file.ts'
import { type Renderer, addPage } from '../render-selection.ts'
import type { SitePages } from '../site-pages.ts'
import type { LastSite } from '../site/commit.ts'
import type { WriterThread } from '../site/writer-thread.ts'
import type { PackedPage } from './pack.ts'
import type { PackedBatch, ShardFile } from './shard-file.ts'

/** Batches that may wait for the writer. */
const maxWaiting = 4

/** What a plan says of a page. */
const planned = { rendered: 0, kept: 1, audited: 2 } as const

/** The pages of a plan, as shards have rendered them. Places are those in the plan. */
export class ShardedPages implements PageSource {
  /** Only pages that are found by links need one. */
  readonly app = undefined
  readonly force: boolean
  readonly shards: number
  readonly #plan: Plan
  readonly #files: readonly ShardFile[]
  #list!: PageList
  /** By place. */
  readonly #planned: Uint8Array
  /** By place, what is known of the kept pages that shards have rendered all the same. */
  readonly #audited = new Map<number, PageRecord>()
  #audit: Audit | undefined

  /** @param files All shards of the plan */
  constructor(plan: Plan, files: readonly ShardFile[]) {
    this.#plan = plan
    this.#files = files
    this.#planned = new Uint8Array(plan.header.pages)
    this.force = plan.header.force === true
    this.shards = files.length
  }

  async listPages(): Promise<PageList> {
    const { routes, otherRoutes, notices, warnings } = this.#plan.header
    const pages: Page[] = []
    for await (const some of this.#plan.pages()) {
      for (const { kept, last: _, ms: __, ...page } of some) {
        refuseUnsafe(page.key)
        if (kept) this.#planned[pages.length] = planned[kept]
        pages.push(page)
      }
    }
    this.#list = { routes, otherRoutes, notices, warnings, pages }
    return this.#list
  }

  checkLast({ builtAt }: LastSite): void {
    const { last } = this.#plan.header
    if (last !== undefined && last !== builtAt) throw otherLastSite()
  }

  readonly isKept = (place: number, record: PageRecord): boolean => {
    if (this.#planned[place] === planned.audited) this.#audited.set(place, record)
    return this.#planned[place] !== planned.rendered
  }

  async render(renderer: Renderer, keeping: Keeping, pages: SitePages): Promise<number> {
    const { options, writer, quiet } = renderer
    const { pages: all } = this.#list
    const indexes = this.#indexesIn(keeping.list)
    this.#audit = new Audit(
      {
        list: { ...this.#list, pages: [...this.#audited.keys()].map((place) => all[place]!) },
        records: [...this.#audited.values()],
      },
      options,
    )
    const told = new Uint8Array(all.length)
    const progress = createProgress({ label: 'Merging', total: keeping.list.pages.length, quiet })
    const add = async (batch: PackedBatch) => {
      this.#checkKeys(batch)
      const written = await this.#write(batch, writer)
      for (const [i, page] of batch.pages.entries()) {
        const place = page.index
        // A page whose thread was lost may have been rendered twice.
        if (told[place] === 1) continue
        told[place] = 1
        const record = this.#audited.get(place)
        if (record) this.#audit!.compare(page, record)
        else addPage({ ...page, index: indexes[place]! }, written[i]!, keeping, pages)
      }
      progress.tick(batch.pages.length)
    }
    try {
      for (const file of this.#files) await forEach(file.batches(), add)
    } finally {
      progress.done()
    }
    const failures = this.#files.flatMap(({ end }) => end.failures).sort((a, b) => a.index - b.index)
    if (failures.length > 0) {
      const failed = new Set(failures.map(({ index }) => all[index]!.key))
      const referrers = pages.links?.referrersOf(failed, siteFile(renderer))
      throw describeFailures(failures, this.#list, options.root, { referrers, command: 'merge' })
    }
    for (const { end } of this.#files) {
      for (const place of end.unmodified) {
        if (!keeping.lastResponse(all[place]!)) throw otherLastSite(all[place])
        keeping.onUnmodified(indexes[place]!)
      }
      for (const place of [...end.unmodified, ...end.dropped]) told[place] = 1
    }
    this.#refuseUntold(told)
    return this.#files.reduce((sum, { end }) => sum + end.dropped.length, 0)
  }

  async audit(): Promise<number> {
    this.#audit?.end()
    return this.#audited.size
  }

  /**
   * For each page, its index in a list of those that are not kept.
   * @throws {DistillError} `PLAN_MISMATCH` if a page is in the list that the plan keeps
   */
  #indexesIn(list: PageList): Int32Array {
    const { pages } = this.#list
    const indexes = new Int32Array(pages.length).fill(-1)
    let index = 0
    for (const [place, page] of pages.entries()) {
      if (list.pages[index]?.key !== page.key) continue
      if (this.#planned[place] !== planned.rendered) throw otherLastSite(page)
      indexes[place] = index++
    }
    return indexes
  }

  /** Nothing is written but the files of the plan. */
  #checkKeys({ pages }: PackedBatch): void {
    for (const { index, key } of pages) {
      if (this.#list.pages[index]?.key === key) continue
      throw new DistillError('SHARDS_INVALID', `a shard has \`${key}\`, which is not in the plan`, {
        hint: 'Render the shards again.',
      })
    }
  }

  async #write(batch: PackedBatch, writer: WriterThread): Promise<WrittenFile[]> {
    const { pages } = batch
    const { comparison } = this.#audit!
    const isAudited = ({ index }: PackedPage) => this.#audited.has(index)
    if ('bodies' in batch) {
      const { bytes, ends } = batch.bodies
      for (const [i, page] of pages.entries()) {
        const body = () => bytes.subarray(ends[i - 1] ?? 0, ends[i])
        if (isAudited(page)) await comparison.write([page], { bytes: body(), ends: [page.content.size] })
      }
      const changes = await writer.writeHashed(pages, batch.bodies)
      return pages.map(({ content }, i) => ({ ...content, change: changes[i]! }))
    }
    const [page] = batch.pages
    const { key } = page
    let offset = 0
    for await (const chunk of batch.body) {
      // A copy: it goes to another thread.
      const part: BodyPart = {
        type: 'part',
        key,
        offset,
        length: chunk.byteLength,
        bytes: new Uint8Array(chunk),
      }
      if (isAudited(page)) await comparison.writePart(part)
      await writer.writePart(part)
      offset += chunk.byteLength
    }
    if (isAudited(page)) await comparison.finish(page)
    return [await writer.finish(page)]
  }

  /** @throws {DistillError} `SHARDS_INVALID` if no shard says what became of a page */
  #refuseUntold(told: Uint8Array): void {
    const lost = this.#list.pages.filter(
      (_, place) => this.#planned[place] !== planned.kept && told[place] === 0,
    )
    if (lost.length === 0) return
    throw new DistillError(
      'SHARDS_INVALID',
      `no shard has ${lost.length === 1 ? '' : `${count(lost.length, 'page')}, such as `}\`${lost[0]!.url}\``,
      { hint: 'Render the shards again.' },
    )
  }
}

/** A plan comes from another machine. */
function refuseUnsafe(key: string): void {
  const why = unsafeKey(key)
  if (why === undefined) return
  throw new DistillError('PLAN_INVALID', `the plan has a page whose file is \`${key}\`: ${why}`, {
    hint: 'Plan again.',
  })
}

const otherLastSite = (page?: Page) =>
  new DistillError(
    'PLAN_MISMATCH',
    `the plan keeps ${page ? `page \`${page.url}\`` : 'pages'} of the last site, and the site here is not that one`,
    {
      hint: 'Bring the site here that `vite-distill plan` saw, with its manifest and its `.cache.jsonl`; or plan with `--force`, which keeps no page.',
    },
  )

/** Handles the batches of a shard, some at a time. */
async function forEach(
  batches: AsyncIterable<PackedBatch>,
  handle: (batch: PackedBatch) => Promise<void>,
): Promise<void> {
  const running: Promise<void>[] = []
  for await (const batch of batches) {
    const handled = handle(batch)
    // It is awaited later: until then, a rejection must not end the process.
    handled.catch(() => {})
    running.push(handled)
    // A large body is read from the same file as what follows it.
    if ('body' in batch) await Promise.all(running.splice(0))
    else if (running.length >= maxWaiting) await running.shift()
  }
  await Promise.all(running)
}
