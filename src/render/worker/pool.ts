import type { Page, PageList } from '../../routes/types.ts'
import { availableParallelism } from 'node:os'
import { DistillError } from '../../errors.ts'
import type { AppThread } from './app-thread.ts'
import type { ResolvedOptions } from '../../options.ts'
import type {
  AskedPage,
  Batch,
  Bodies,
  BodyPart,
  FromWorker,
  FromWriter,
  LastResponse,
  PageFailure,
  Rendered,
  WrittenFile,
} from '../messages.ts'
import { type LazyStyles, checkStyles } from '../lazy-styles.ts'
import { type PageTagging, type TagPage, createPageTagger, tagBatch } from '../page-tagger.ts'
import { transformBatch } from './transform.ts'
import { tellWaiting } from '../waiting.ts'

/**
 * The most that is assigned to a thread at a time, in pages and in milliseconds of work. It has to cover pages that are
 * being rendered, hashed and written as well as some that wait, so that the thread never runs out of work. More is
 * worse: no other thread can take pages that are assigned.
 */
const maxAssigned = { pages: 256, ms: 50 }

/** Milliseconds of CPU time of a page from which on a second thread helps: below, the writer is the slowest step. */
const minPageMs = 1
/** The first pages, or milliseconds of work, are not measured: their code is not compiled yet. */
const warmUp = { pages: 32, ms: 100 }
/** The pages, or milliseconds of work, that are measured then. */
const sample = { pages: 256, ms: 100 }
/** Each thread holds the whole app in memory. */
const maxThreads = 8

export interface PoolResult {
  failures: PageFailure[]
  /** Indexes of the pages that `transform` left out. */
  dropped: number[]
}

/** Where rendered pages go. */
export interface PageWriter {
  /** Takes pages with their bodies. */
  write(pages: readonly Rendered[], bodies: Bodies): Promise<WrittenFile[]>
  /** Takes a part of a large body. The response brings the buffer back. */
  writePart(part: BodyPart): Promise<Extract<FromWriter, { type: 'stored' }>>
  /** Takes a page whose body came in parts. */
  finish(page: Rendered): Promise<WrittenFile>
}

export interface RenderInput {
  /** The thread that listed the pages. It stays open. */
  first: AppThread
  /** Starts another one. */
  spawn: () => AppThread
  options: ResolvedOptions
  list: PageList
  writer: PageWriter
  /** How pages get cache-busting tags, after `transform`; undefined for none. */
  tagging?: PageTagging | undefined
  /** Says nothing while it waits for `transform`. */
  quiet: boolean
  /** The styles that pages have to name with lazy chunks; undefined for no check. */
  lazyStyles?: LazyStyles | undefined
  /** What the last build knows of a page that is asked for only if it changed. */
  lastResponse?: ((page: Page) => LastResponse | undefined) | undefined
  /** Called with each page that did not. */
  onUnmodified?: (index: number) => void
  /** Reads the links of pages whose bytes are final. */
  readLinks?: ((batch: Batch) => void) | undefined
  /** Called with each page that is written. */
  onPage: (page: Rendered, written: WrittenFile) => void
  /** Called for pages that are written, dropped or failed. */
  tick: (n: number) => void
}

/** Renders every page of a list and writes it to the staging directory. A failed page does not stop the others. */
export async function renderPages(input: RenderInput): Promise<PoolResult> {
  const pool = new Pool(input)
  try {
    return await pool.run()
  } finally {
    await pool.close()
  }
}

interface PoolThread {
  thread: AppThread
  /** 0 is the thread that listed the pages. One that takes the place of a lost one has a number of its own. */
  number: number
  /** Pages that it was sent and that are neither written nor failed so far. */
  assigned: Set<number>
  /** How many of its pages are done. */
  done: number
  /** How many pages should be assigned to it. */
  target: number
  /** Pages of which one may have blocked a lost thread. They go first, each alone, so that only that one is lost again. */
  suspects: number[]
  /** Whether it renders suspects. */
  alone: boolean
}

class Pool {
  readonly #input: RenderInput
  readonly #result: PoolResult = { failures: [], dropped: [] }
  /** Runs on this thread, because the threads that render have the most to do. */
  readonly #tagPage: TagPage | undefined
  readonly #threads: PoolThread[] = []
  /** Pages of a lost thread, which go first. */
  readonly #reassign: number[] = []
  #started = 0
  #next = 0
  #left: number
  #decided = false
  /** Whether a wait for `transform` was told: a line for each page would be too many. */
  #told = false
  #warm: { rendered: number; busy: number } | undefined
  readonly #done: Promise<void>
  #finish!: () => void
  #abort!: (error: unknown) => void

  constructor(input: RenderInput) {
    this.#input = input
    this.#left = input.list.pages.length
    this.#tagPage = input.tagging && createPageTagger(input.tagging)
    this.#done = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#abort = reject
    })
    this.#done.catch(() => {})
  }

  async run(): Promise<PoolResult> {
    const { first, options } = this.#input
    const { workers, concurrency } = options
    if (this.#left === 0) return this.#result
    this.#add(first)
    // A thread pays for its start only if it gets more pages than it renders at a time.
    if (workers !== 'auto') this.#spawn(Math.min(workers - 1, Math.floor((this.#left - 1) / concurrency)))
    await this.#done
    this.#result.failures.sort((a, b) => a.index - b.index)
    return this.#result
  }

  /** Closes the threads that it started. */
  async close(): Promise<void> {
    const { first } = this.#input
    await Promise.all(this.#threads.map(({ thread }) => thread !== first && thread.close()))
  }

  #spawn(n: number): void {
    for (let i = 0; i < n; i++) this.#add(this.#input.spawn())
  }

  #add(thread: AppThread, suspects: number[] = []): void {
    const alone = suspects.length > 0
    const assigned = new Set<number>()
    const number = this.#started++
    const member: PoolThread = {
      thread,
      number,
      assigned,
      done: 0,
      target: this.#minAssigned,
      suspects,
      alone,
    }
    this.#threads.push(member)
    thread.onMessage = (message) => void this.#receive(thread, message).catch(this.#abort)
    thread.onStuck = (begun) => this.#replace(member, begun)
    thread.failed.catch(this.#abort)
    thread.watch(this.#input.list).then(() => this.#assign(member), this.#abort)
  }

  /** Sends a thread more pages. It gets no more while the writer lags behind: its pages stay assigned until written. */
  #assign(member: PoolThread): void {
    const { lastResponse, list } = this.#input
    const { pages, routes } = list
    const withLast = (page: Page): AskedPage => {
      const last = lastResponse?.(page)
      return last ? { ...page, last } : page
    }
    const send = (first: number, end: number) => {
      for (let index = first; index < end; index++) member.assigned.add(index)
      const asked = pages.slice(first, end)
      member.thread.send({ type: 'render', first, pages: lastResponse ? asked.map(withLast) : asked, routes })
    }
    if (member.alone) {
      if (member.assigned.size > 0) return
      const suspect = member.suspects.shift()
      if (suspect !== undefined) return send(suspect, suspect + 1)
      member.alone = false
    }
    for (const index of this.#reassign.splice(0)) send(index, index + 1)
    if (this.#next === pages.length || member.assigned.size > 0.75 * member.target) return
    member.target = this.#targetOf(member)
    const first = this.#next
    this.#next = Math.min(first + Math.max(member.target - member.assigned.size, 0), pages.length)
    if (this.#next > first) send(first, this.#next)
  }

  /** More pages than a thread renders at a time, so that it has some while the next are on their way. */
  get #minAssigned(): number {
    return Math.ceil(1.5 * this.#input.options.concurrency)
  }

  #targetOf({ thread, done }: PoolThread): number {
    if (done === 0) return this.#minAssigned
    const inTime = Math.floor((maxAssigned.ms * done) / thread.busyMs())
    return Math.max(this.#minAssigned, Math.min(maxAssigned.pages, inTime))
  }

  async #receive(thread: AppThread, message: FromWorker): Promise<void> {
    const { writer } = this.#input
    if (message.type === 'part') thread.send(await writer.writePart(message))
    else if (message.type === 'end') this.#wrote([message.page], [await writer.finish(message.page)])
    else if (message.type === 'unmodified') {
      if (!this.#memberOf(message.index)) return
      this.#input.onUnmodified!(message.index)
      this.#markDone(message.index)
    } else if (message.type === 'failed') this.#fail([message.failure])
    else if (message.type === 'batch') {
      const batch = await this.#transform(message)
      checkStyles(batch, this.#input.lazyStyles)
      const tagged = this.#tagPage ? tagBatch(batch, this.#tagPage) : batch
      this.#input.readLinks?.(tagged)
      const { pages, ...bodies } = tagged
      this.#wrote(pages, await writer.write(pages, bodies))
    }
  }

  async #transform(batch: Batch): Promise<Batch> {
    const { list, options } = this.#input
    if (!options.transform) return batch
    const {
      batch: changed,
      dropped,
      failures,
    } = await transformBatch(batch, list, options.transform, options.timeout, (what) => this.#tell(what))
    this.#result.dropped.push(...dropped)
    for (const index of dropped) this.#markDone(index)
    this.#fail(failures)
    return changed
  }

  #tell(what: string): void {
    if (!this.#told && !this.#input.quiet) tellWaiting(what)
    this.#told = true
  }

  #wrote(pages: readonly Rendered[], files: readonly WrittenFile[]): void {
    for (const [i, page] of pages.entries()) {
      const member = this.#memberOf(page.index)
      if (!member) continue
      page.thread = member.number
      // Before it counts as done: what this throws for the last page must still fail the build.
      this.#input.onPage(page, files[i]!)
      this.#markDone(page.index)
    }
    if (this.#input.options.workers === 'auto' && !this.#decided) this.#decide()
  }

  #fail(failures: readonly PageFailure[]): void {
    for (const failure of failures) {
      this.#result.failures.push(failure)
      this.#markDone(failure.index)
    }
  }

  /** Undefined if the page is done: a lost thread may have posted it, and another thread has rendered it again. */
  #memberOf(index: number): PoolThread | undefined {
    return this.#threads.find(({ assigned }) => assigned.has(index))
  }

  #markDone(index: number): void {
    const member = this.#memberOf(index)
    if (!member) return
    member.assigned.delete(index)
    member.done++
    this.#input.tick(1)
    if (--this.#left === 0) this.#finish()
    else this.#assign(member)
  }

  /**
   * Replaces a thread that was blocked. If it was rendering one page, that one fails. Of several, it may be any, or all
   * that computed one after the other: each is rendered again alone. Its other pages go to another thread.
   */
  #replace(member: PoolThread, begun: readonly number[]): void {
    this.#threads.splice(this.#threads.indexOf(member), 1)
    const running = begun.filter((index) => member.assigned.has(index))
    if (running.length === 0) {
      const message =
        'the app kept its thread busy for longer than `timeout` while no page was being rendered'
      return this.#abort(
        new DistillError('APP_CRASHED', message, { hint: 'Look for an endless loop in what a timer calls.' }),
      )
    }
    for (const index of running) member.assigned.delete(index)
    this.#reassign.push(...member.assigned)
    if (running.length > 1) return this.#add(this.#input.spawn(), [...running, ...member.suspects])
    const message = 'it kept the thread busy for longer than `timeout` (an endless loop?)'
    this.#result.failures.push({ index: running[0]!, message })
    this.#input.tick(1)
    if (--this.#left === 0) this.#finish()
    else this.#add(this.#input.spawn(), member.suspects)
  }

  /** Starts more threads if pages cost enough CPU time to make up for loading the app again. */
  #decide(): void {
    const [{ thread }] = this.#threads as [PoolThread]
    const rendered = this.#input.list.pages.length - this.#left
    const busy = thread.busyMs()
    if (rendered < warmUp.pages && busy < warmUp.ms) return
    this.#warm ??= { rendered, busy }
    const pages = rendered - this.#warm.rendered
    const ms = busy - this.#warm.busy
    if (pages < sample.pages && ms < sample.ms) return
    this.#decided = true
    const perPage = ms / pages
    const threads = Math.min(availableParallelism(), maxThreads)
    const saved = this.#left * perPage * (1 - 1 / threads)
    if (perPage > minPageMs && saved > 2 * thread.loadMs) this.#spawn(Math.min(threads - 1, this.#left))
  }
}
