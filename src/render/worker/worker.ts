/**
 * The thread that the app runs in: it loads the server entry, plans its pages and renders those it is told to.
 * Nothing that the app leaves open can hold the build up, and every build gets fresh modules.
 */
import type { Page, PageRoute } from '../../routes/types.ts'
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { setDistilling } from '../../routes/distilling.ts'
import { isHtml } from '../response.ts'
import { Batcher } from './batcher.ts'
import { captureErrors } from '../../routes/captured-errors.ts'
import { loadEntry } from '../../routes/entry.ts'
import type { FromWorker, ToWorker, WorkerConfig } from '../messages.ts'
import { type Sink, renderPage } from './page.ts'
import { plan, type DistilledUrl, urlsOf } from '../../routes/pages.ts'
import { Refusal } from '../page-error.ts'
import { answerOwnFetch, attributeOutput, within } from './globals.ts'
import { toThrown } from '../serialize-error.ts'

/** How many planned pages cross to the main thread at a time. */
const planPages = 1000
/** Milliseconds before a page is tried again; twice as many each time. */
const firstPause = 100

const main = parentPort!
const { entry, origin, layout, concurrency, timeout, retry, languages, whole, pulse } =
  workerData as WorkerConfig
const post = (message: FromWorker, bytes?: Uint8Array<ArrayBuffer>) =>
  main.postMessage(message, bytes ? [bytes.buffer] : [])

process.setSourceMapsEnabled(true)
// Enough to come from the depths of a library back to the app's own lines.
Error.stackTraceLimit = 50
attributeOutput()
setDistilling({ urls: listUrls })

// Without this, `process.exit(0)` in the app would look like a worker that has done its work.
const exit = process.exit.bind(process)
process.exit = (code): never => {
  post({ type: 'exit', code: Number(code ?? 0), stack: toThrown(new Error('process.exit')).stack })
  return exit(code)
}
process.on('unhandledRejection', (error) => post({ type: 'thrown', error: toThrown(error) }))

const queue: { index: number; page: Page; route: PageRoute }[] = []
/** Pages that wait for something. */
const waitingPages = new Set<{ began: number; expire: (error: Error) => void }>()
let lanes = 0
let known: Promise<DistilledUrl[]> | undefined

// Both run only while the event loop turns, and it beats with each page that is begun, too: this is how the main
// thread sees a page that never lets go.
// One timer watches all pages: a timer for each would cost more than rendering a small one.
setInterval(() => Atomics.add(pulse, 1, 1), 50)
setInterval(
  () => {
    const limit = performance.now() - timeout
    for (const { began, expire } of waitingPages)
      if (began < limit) expire(new Refusal(`it took longer than \`timeout\`, ${timeout} ms`, true))
  },
  Math.min(250, timeout / 4),
)

const batcher = new Batcher(post, { traits: whole !== 'all' })
const waiting: ((bytes: Uint8Array<ArrayBuffer>) => void)[] = []
const sink: Sink = {
  add: (page, body) => batcher.add(page, body),
  whole: (headers) => whole === 'all' || (whole === 'html' && isHtml(headers)),
  part: (key) => (part) =>
    new Promise((resolve) => {
      waiting.push(resolve)
      post({ type: 'part', key, ...part }, part.bytes)
    }),
  end: (page) => post({ type: 'end', page }),
}

// Before the app is loaded, for it may keep the `fetch` that it finds.
answerOwnFetch(origin, (request) => renderer.fetch(request))
const { app, routes, shadowOf, fetch } = await load()
const renderer = { fetch, thrownFor: captureErrors(app) }
main.on('message', (message: ToWorker) => {
  if (message.type === 'plan') planAll().catch(giveUp)
  else if (message.type === 'render') render(message.pages, message.first, message.routes)
  else if (message.type === 'stored') waiting.shift()!(message.bytes)
  else close()
})
post({ type: 'ready' })

async function load() {
  try {
    return await loadEntry(entry)
  } catch (error) {
    giveUp(error)
    return exit(1)
  }
}

function giveUp(error: unknown): void {
  post({ type: 'thrown', error: toThrown(error) })
}

/** Sends the pages on as they are found: the thread keeps none of them. */
async function planAll(): Promise<void> {
  let pages: Page[] = []
  const { routes: planned, notices } = await plan(routes, { layout, languages, shadowOf }, (page) => {
    if (pages.push(page) < planPages) return
    post({ type: 'planned', plan: { routes: [], notices: [], pages }, last: false })
    pages = []
  })
  post({ type: 'planned', plan: { routes: planned, notices, pages }, last: true })
}

/** What the app is told of its own pages. */
async function listUrls(): Promise<DistilledUrl[]> {
  if (lanes === 0) {
    throw new Error('`distilledUrls()` cannot be called before all pages are known: not by `distillParams`')
  }
  known ??= urlsOf(routes, { layout, languages, shadowOf })
  return known
}

function render(pages: Page[], first: number, planned: readonly PageRoute[]): void {
  for (const [i, page] of pages.entries()) queue.push({ index: first + i, page, route: planned[page.route]! })
  beginLane()
}

function beginLane(): void {
  if (lanes < concurrency && queue.length > 0) void renderLane()
}

/** Renders page after page until none waits. */
async function renderLane(): Promise<void> {
  lanes++
  // Another begins once this one waits for something: pages that are answered at once are done sooner one by one.
  setImmediate(beginLane)
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { index, page, route } = next
    for (let attempt = 0; ; attempt++) {
      Atomics.store(pulse, 0, index)
      Atomics.add(pulse, 1, 1)
      const failure = await within(page.url, () => attemptPage(index, page, route))
      if (!failure) break
      if (failure.retryable && attempt < retry) {
        await setTimeout(firstPause * 2 ** attempt)
        continue
      }
      post({ type: 'failed', failure })
      break
    }
  }
  lanes--
  if (lanes === 0) batcher.flush()
}

async function attemptPage(index: number, page: Page, route: PageRoute) {
  const waits: { began: number; expire: (error: Error) => void }[] = []
  const began = performance.now()
  const expired = () => {
    const promise = new Promise<never>((_, expire) => waits.push({ began, expire }))
    waitingPages.add(waits.at(-1)!)
    // Nobody may be listening at the moment it rejects.
    promise.catch(() => {})
    return promise
  }
  const request = new Request(origin + page.url, { headers: { accept: '*/*', 'user-agent': 'vite-distill' } })
  const asked = { index, key: page.key, request, accepted: route.status, origin, expired }
  const failure = await renderPage(renderer, asked, sink)
  for (const wait of waits) waitingPages.delete(wait)
  return failure
}

/** What the app has printed must be out before the last message: ending a thread loses what it still holds. */
function close(): void {
  process.stdout.write('', () => process.stderr.write('', () => post({ type: 'closed' })))
}
