import type { PageList } from '../../routes/types.ts'
import { availableParallelism } from 'node:os'
import type { AppThread } from './app-thread.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { Batch, FromWorker, PageFailure, Rendered, Written } from '../messages.ts'
import { type PageTagging, type TagPage, createPageTagger, tagBatch } from '../page-tagger.ts'
import { transformBatch } from './transform.ts'
import type { WriterThread } from '../site/writer-thread.ts'

/**
 * What a thread has at a time, in pages and in milliseconds of its work: while some are rendered, others are hashed and
 * written, and others wait to be rendered, so that nobody else has to. What one thread has, no other can take.
 */
const most = { pages: 256, ms: 50 }

/** Milliseconds of the processor that a page must cost before a second thread helps: below, the writer is the limit. */
const worthwhile = 1
/** How many pages, or how many milliseconds of work, are not measured, and then are. */
const warmUp = { pages: 32, ms: 100 }
const sample = { pages: 256, ms: 100 }
/** Each thread holds the whole app. */
const mostThreads = 8

export interface Outcome {
  failures: PageFailure[]
  dropped: number
}

export interface RenderInput {
  /** The thread that made the plan. */
  first: AppThread
  /** Starts another one. */
  spawn: () => AppThread
  /** How many threads render; `auto` decides once it has seen what a page costs. */
  workers: ResolvedOptions['workers']
  /** How many pages each renders at a time. */
  concurrency: number
  plan: PageList
  writer: WriterThread
  transform: ResolvedOptions['transform']
  /** How pages get tags, once `transform` is done with them; none without. */
  tagging?: PageTagging | undefined
  /** Called with each page that is written. */
  onPage: (page: Rendered, written: Written) => void
  /** Called for pages that are done. */
  tick: (n: number) => void
}

/** Renders every page of a plan and writes it to the staging directory. A failed page does not stop the others. */
export async function renderPages(input: RenderInput): Promise<Outcome> {
  const rendering = new Rendering(input)
  try {
    return await rendering.run()
  } finally {
    await rendering.close()
  }
}

/** A thread with the pages it was given that are neither written nor failed yet. */
interface Lane {
  thread: AppThread
  open: Set<number>
  done: number
  /** How many pages it should have. */
  enough: number
}

class Rendering {
  readonly #input: RenderInput
  readonly #outcome: Outcome
  /** Here and not where pages are rendered, for that takes longest. */
  readonly #tagPage: TagPage | undefined
  readonly #lanes: Lane[] = []
  /** Pages of a lost thread, which go first. */
  #again: number[] = []
  #next = 0
  #left: number
  readonly #total: number
  #decided = false
  #warm: { rendered: number; busy: number } | undefined
  readonly #done: Promise<void>
  #settle!: { resolve: () => void; reject: (error: unknown) => void }

  constructor(input: RenderInput) {
    this.#input = input
    this.#left = input.plan.pages.length
    this.#total = this.#left
    this.#tagPage = input.tagging && createPageTagger(input.tagging)
    this.#outcome = { failures: [], dropped: 0 }
    this.#done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#done.catch(() => {})
  }

  async run(): Promise<Outcome> {
    const { first, workers, concurrency } = this.#input
    if (this.#left === 0) return this.#outcome
    this.#use(first)
    // A thread with less to render than it can at a time is not worth its start.
    if (workers !== 'auto') this.#spawn(Math.min(workers - 1, Math.floor((this.#left - 1) / concurrency)))
    await this.#done
    this.#outcome.failures.sort((a, b) => a.index - b.index)
    return this.#outcome
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ thread }) => thread.close()))
  }

  #spawn(n: number): void {
    for (let i = 0; i < n; i++) this.#use(this.#input.spawn())
  }

  #use(thread: AppThread): void {
    const lane: Lane = { thread, open: new Set(), done: 0, enough: this.#least }
    this.#lanes.push(lane)
    thread.onMessage = (message) => void this.#receive(thread, message).catch(this.#settle.reject)
    thread.onStuck = (page) => this.#replace(lane, page)
    thread.failed.catch(this.#settle.reject)
    thread.watch(this.#input.plan).then(() => this.#feed(lane), this.#settle.reject)
  }

  /** Keeps a thread in work, which must not run ahead of the writer: what is rendered is held until it is written. */
  #feed(lane: Lane): void {
    const { pages, routes } = this.#input.plan
    const give = (first: number, end: number) => {
      for (let index = first; index < end; index++) lane.open.add(index)
      lane.thread.send({ type: 'render', first, pages: pages.slice(first, end), routes })
    }
    for (const index of this.#again.splice(0)) give(index, index + 1)
    if (this.#next === pages.length || lane.open.size > 0.75 * lane.enough) return
    lane.enough = this.#enough(lane)
    const first = this.#next
    this.#next = Math.min(first + Math.max(lane.enough - lane.open.size, 0), pages.length)
    if (this.#next > first) give(first, this.#next)
  }

  /** Some more than a thread has in work, for that must not run out while the next are on their way. */
  get #least(): number {
    return Math.ceil(1.5 * this.#input.concurrency)
  }

  #enough({ thread, done }: Lane): number {
    if (done === 0) return this.#least
    return Math.max(this.#least, Math.min(most.pages, Math.floor((most.ms * done) / thread.busyMs())))
  }

  async #receive(thread: AppThread, message: FromWorker): Promise<void> {
    const { writer, transform } = this.#input
    if (message.type === 'part') thread.send(await writer.writePart(message))
    else if (message.type === 'end') this.#wrote([message.page], [await writer.finish(message.page.key)])
    else if (message.type === 'failed') this.#fail([message.failure])
    else if (message.type === 'batch') {
      const batch = transform ? await this.#change(message, transform) : message
      await this.#write(this.#tagPage ? tagBatch(batch, this.#tagPage) : batch)
    }
  }

  async #write({ pages, ...bodies }: Batch): Promise<void> {
    const keys = pages.map(({ key }) => key)
    this.#wrote(pages, await this.#input.writer.write(keys, bodies))
  }

  async #change(batch: Batch, transform: NonNullable<RenderInput['transform']>): Promise<Batch> {
    const { batch: changed, dropped, failures } = await transformBatch(batch, this.#input.plan, transform)
    this.#outcome.dropped += dropped.length
    for (const index of dropped) this.#account(index)
    this.#fail(failures)
    return changed
  }

  #fail(failures: readonly PageFailure[]): void {
    for (const failure of failures) {
      this.#outcome.failures.push(failure)
      this.#account(failure.index)
    }
  }

  #wrote(pages: readonly Rendered[], files: readonly Written[]): void {
    for (const [i, page] of pages.entries())
      if (this.#account(page.index)) this.#input.onPage(page, files[i]!)
    if (this.#input.workers === 'auto' && !this.#decided) this.#decide()
  }

  /** Notes that a page is done. False where it was already: a lost thread may have handed it on before. */
  #account(index: number): boolean {
    const lane = this.#lanes.find(({ open }) => open.delete(index))
    if (!lane) return false
    lane.done++
    this.#input.tick(1)
    if (--this.#left === 0) this.#settle.resolve()
    else this.#feed(lane)
    return true
  }

  /** A page that never lets go of its thread takes the thread with it; those it shared the thread with go to another. */
  #replace(lane: Lane, stuck: number): void {
    const message = 'it kept the thread busy for longer than `timeout` (an endless loop?)'
    this.#outcome.failures.push({ index: stuck, message })
    this.#lanes.splice(this.#lanes.indexOf(lane), 1)
    lane.open.delete(stuck)
    this.#again.push(...lane.open)
    this.#input.tick(1)
    if (--this.#left === 0) this.#settle.resolve()
    else this.#use(this.#input.spawn())
  }

  /** More threads pay only where pages cost enough of the processor to make up for loading the app once more. */
  #decide(): void {
    const [{ thread }] = this.#lanes as [Lane]
    const rendered = this.#total - this.#left
    const busy = thread.busyMs()
    // The first pages are slow while their code is still cold.
    if (rendered < warmUp.pages && busy < warmUp.ms) return
    this.#warm ??= { rendered, busy }
    const pages = rendered - this.#warm.rendered
    const ms = busy - this.#warm.busy
    if (pages < sample.pages && ms < sample.ms) return
    this.#decided = true
    const perPage = ms / pages
    const threads = Math.min(availableParallelism(), mostThreads)
    const saved = this.#left * perPage * (1 - 1 / threads)
    if (perPage > worthwhile && saved > 2 * thread.loadMs) this.#spawn(Math.min(threads - 1, this.#left))
  }
}
