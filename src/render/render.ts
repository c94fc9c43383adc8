import type { AppThread } from './app-thread.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Batch, FromWorker, PageFailure, Plan, Rendered, Written } from './messages.ts'
import type { PageTagging } from './tagging.ts'
import { transformBatch } from './transform.ts'
import type { WriterThread } from './writer-thread.ts'

/** Pages given to a thread at a time; it has two such shares, so that it never waits for the next. */
const share = 64

export type RenderedPage = Rendered & Written

export interface Outcome {
  /** By the page's index; a page that failed or was dropped leaves a hole. */
  pages: (RenderedPage | undefined)[]
  failures: PageFailure[]
  dropped: number
}

export interface RenderInput {
  /** The thread that made the plan. */
  first: AppThread
  /** Starts another one, when a page has taken its thread with it. */
  spawn: () => AppThread
  plan: Plan
  writer: WriterThread
  transform: ResolvedOptions['transform']
  /** How pages get tags, once `transform` is done with them. */
  tagging?: PageTagging | undefined
  /** Called for pages that are done. */
  tick: (n: number) => void
}

/** Renders every page of a plan and writes it to the staging directory. A failed page does not stop the others. */
export async function renderPages({
  first,
  spawn,
  plan,
  writer,
  transform,
  tagging,
  tick,
}: RenderInput): Promise<Outcome> {
  const outcome: Outcome = { pages: Array.from({ length: plan.pages.length }), failures: [], dropped: 0 }
  const { pages, routes } = plan
  if (pages.length === 0) return outcome
  let next = 0
  /** Given to the thread and neither written nor failed yet. */
  let open = new Set<number>()
  let thread = first
  let settle!: { resolve: () => void; reject: (error: unknown) => void }
  const done = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))

  const give = (from: number, to: number) => {
    for (let index = from; index < to; index++) open.add(index)
    thread.send({ type: 'render', first: from, pages: pages.slice(from, to), routes })
  }
  const giveMore = () => {
    while (next < pages.length && open.size <= share) {
      const from = next
      next = Math.min(next + share, pages.length)
      give(from, next)
    }
    if (open.size === 0) settle.resolve()
  }
  const account = (index: number) => {
    open.delete(index)
    tick(1)
  }
  const fail = (failures: readonly PageFailure[]) => {
    for (const failure of failures) {
      outcome.failures.push(failure)
      account(failure.index)
    }
    giveMore()
  }
  const receive = (message: FromWorker) => {
    if (message.type === 'part' || message.type === 'end') writer.send(message)
    else if (message.type === 'failed') fail([message.failure])
    else if (message.type === 'batch') {
      if (transform) change(message, transform).catch(settle.reject)
      else writer.send(message)
    }
  }
  const change = async (batch: Batch, by: NonNullable<typeof transform>) => {
    const {
      batch: changed,
      dropped,
      failures,
    } = await transformBatch(batch, plan, { transform: by, tagging })
    if (changed.pages.length > 0) writer.send(changed)
    outcome.dropped += dropped.length
    for (const index of dropped) account(index)
    fail(failures)
  }
  const use = async (started: AppThread) => {
    thread = started
    thread.onMessage = receive
    thread.onStuck = replace
    thread.failed.catch(settle.reject)
    await thread.watch(plan)
  }
  /** A page that never lets go of its thread takes the thread with it; those it shared the thread with go to another. */
  const replace = (stuck: number) => {
    outcome.failures.push({
      index: stuck,
      message: 'it kept the thread busy for longer than `timeout` (an endless loop?)',
    })
    account(stuck)
    const again = [...open]
    open = new Set()
    use(spawn()).then(() => {
      for (const index of again) give(index, index + 1)
      giveMore()
    }, settle.reject)
  }

  writer.failed.catch(settle.reject)
  writer.onMessage = (message) => {
    if (message.type === 'stored') thread.send(message)
    if (message.type !== 'wrote') return
    for (const page of message.pages) {
      // Written twice where a lost thread had handed it on already.
      if (!open.has(page.index)) continue
      outcome.pages[page.index] = page
      account(page.index)
    }
    giveMore()
  }
  try {
    await use(first)
    giveMore()
    await done
  } finally {
    await thread.close()
  }
  outcome.failures.sort((a, b) => a.index - b.index)
  return outcome
}
