import type { AppThread } from './app-thread.ts'
import type { Asset, FromWorker, PageFailure, Plan, Rendered, Written } from './messages.ts'
import type { WriterThread } from './writer-thread.ts'

/** Pages given to a thread at a time; it has two such shares, so that it never waits for the next. */
const share = 64

export type RenderedPage = Rendered & Written

export interface Outcome {
  /** By the page's index; a failed page leaves a hole. */
  pages: (RenderedPage | undefined)[]
  failures: PageFailure[]
  warnings: { index: number; message: string }[]
}

/** Renders every page of a plan and writes it to the staging directory. A failed page does not stop the others. */
export async function renderPages(
  first: AppThread,
  spawn: () => AppThread,
  plan: Plan,
  writer: WriterThread,
  tick: (n: number) => void,
): Promise<Outcome> {
  const outcome: Outcome = { pages: Array.from({ length: plan.pages.length }), failures: [], warnings: [] }
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
  const receive = (message: FromWorker) => {
    if (message.type === 'batch' || message.type === 'part' || message.type === 'end') writer.send(message)
    else if (message.type === 'warning') outcome.warnings.push(message)
    else if (message.type === 'failed') {
      outcome.failures.push(message.failure)
      account(message.failure.index)
      giveMore()
    }
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
    if (message.type === 'stored') thread.send({ type: 'stored' })
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

/** Copies the client's assets into the staging directory. */
export async function copyAssets(assets: readonly Asset[], writer: WriterThread): Promise<Written[]> {
  const copied = new Promise<Written[]>((resolve) => {
    writer.onMessage = (message) => message.type === 'copied' && resolve(message.assets)
  })
  writer.send({ type: 'copy', assets: [...assets] })
  return Promise.race([copied, writer.failed])
}
