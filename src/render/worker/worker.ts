/**
 * The thread that the app runs in: loads the server entry, lists its pages and renders those that the main thread
 * sends. In a thread, nothing that the app leaves open keeps the build from ending, and every build loads fresh modules.
 */
import type { Page } from '../../routes/types.ts'
import { getHeapStatistics } from 'node:v8'
import { workerData } from 'node:worker_threads'
import { isHtmlType } from '../../content-type.ts'
import type { ErrorCode } from '../../errors.ts'
import { setDistilling } from '../../routes/distilling.ts'
import { Batcher } from './batcher.ts'
import { captureErrors } from '../../routes/captured-errors.ts'
import { type App, loadEntry } from '../../routes/entry.ts'
import { type FromWorker, type ToWorker, type WorkerConfig, loopsAt } from '../messages.ts'
import { urlsOfPlan } from '../planned-pages.ts'
import { addPageMeta } from './page-meta.ts'
import type { RunningApp, Sink } from './page.ts'
import { type DistilledUrl, findPages, listPages, urlsOf } from '../../routes/pages.ts'
import { fetchFromApp } from './fetch-from-app.ts'
import { attributeOutput, currentPage } from './globals.ts'
import { RenderQueue } from './queue.ts'
import { serializeError } from '../serialize-error.ts'

/** Pages of one `pages` message. */
const pagesPerMessage = 1000
/** Milliseconds between two heartbeats. */
const heartbeatEvery = 50

const config = workerData as WorkerConfig
const { port, entry, planFile, layout, concurrency, timeout, retry, languages, holdWhole, heartbeat } = config
// The app can read `workerData` too.
delete (workerData as Partial<WorkerConfig>).port
const post = (message: FromWorker, bytes?: Uint8Array<ArrayBuffer>) =>
  port.postMessage(message, bytes ? [bytes.buffer] : [])
const reportError = (error: unknown) => post({ type: 'error', error: serializeError(error) })

process.setSourceMapsEnabled(true)
// A stack has to reach from a library's code to the app's own lines.
Error.stackTraceLimit = 50
process.on('unhandledRejection', (reason) =>
  reportStray(
    reason,
    'an unhandled rejection',
    'Await the promise, or handle its rejection with `.catch()`.',
  ),
)
process.on('uncaughtExceptionMonitor', (error) => {
  if (process.listenerCount('uncaughtException') === 0) reportStray(error, 'an uncaught exception')
})
// Reported before the thread ends: exit code 0 would look like a worker that has done its work.
const exit = process.exit.bind(process)
process.exit = (code): never => {
  const { stack } = serializeError(new Error('process.exit'))
  post({ type: 'exit', code: Number(code ?? 0), stack, url: currentPage.getStore() })
  return exit(code)
}
const beat = () => Atomics.add(heartbeat, 1, 1)
/** Whether code of the app is called outside of pages: then a heartbeat says that it goes on. */
let inStep = false
function beginStep(what: string, code: ErrorCode): void {
  inStep = true
  beat()
  post({ type: 'step', what, code })
}
// The timer fires only while the event loop turns: without heartbeats, the main thread knows that a page blocks it.
setInterval(() => {
  if (!inStep) beat()
}, heartbeatEvery)

attributeOutput()
setDistilling(distilledUrls)
// Undefined until the app is loaded: it may call `distilledUrls()` and `fetch()` before.
let queue: RenderQueue | undefined
let urls: Promise<DistilledUrl[]> | undefined
let rendering: RunningApp | undefined
// Before the app is loaded, because it may keep a reference to the `fetch` that it finds.
fetchFromApp(config, (request) => {
  if (rendering) return rendering.fetch(request)
  const { pathname } = new URL(request.url)
  throw new Error(
    `\`fetch('${pathname}')\` asks the app itself, which is still loading: call it in a handler or in \`distillParams\`, or name it in the option \`links.served\` if something else answers it`,
  )
})
const { app, routes, otherRoutes, answeringRoute, fetch, warnings } = await load()
// The other half is for what is made of the list, on the main thread, which has the same limit.
const memory = getHeapStatistics().heap_size_limit / 2
const pagesOptions = { layout, languages, answeringRoute, memory }
rendering = { fetch, thrownFor: captureErrors(app) }

const batcher = new Batcher(post, { readMeta: holdWhole !== 'all' })
/** Body parts that the writer has not stored so far, in order. */
const unstored: ((bytes: Uint8Array<ArrayBuffer>) => void)[] = []
const sink: Sink = {
  add: (page, body) => batcher.add(page, body),
  holdsWhole: (headers) =>
    holdWhole === 'all' || (holdWhole === 'html' && isHtmlType(headers['content-type'])),
  part: (key) => (part) =>
    new Promise((resolve) => {
      unstored.push(resolve)
      post({ type: 'part', key, ...part }, part.bytes)
    }),
  unmodified: (index) => post({ type: 'unmodified', index }),
  end(page, head) {
    addPageMeta(page, head)
    post({ type: 'end', page })
  },
}
queue = new RenderQueue({
  app: rendering,
  sink,
  addresses: config,
  concurrency,
  timeout,
  retry,
  onBegin(index, loop) {
    Atomics.store(heartbeat, 0, index)
    Atomics.store(heartbeat, loopsAt + loop, index)
    // The event loop may not turn between two pages that respond at once.
    beat()
  },
  onEnd: (loop) => Atomics.store(heartbeat, loopsAt + loop, -1),
  onFailure: (failure) => post({ type: 'failed', failure }),
  onIdle: () => batcher.flush(),
})

port.on('message', (message: ToWorker) => {
  if (message.type === 'listPages') sendPages().catch(reportError)
  else if (message.type === 'findPages')
    post({ type: 'found', pages: findPages(routes, message.urls, pagesOptions) })
  else if (message.type === 'render') queue!.add(message.first, message.pages, message.routes)
  else if (message.type === 'stored') unstored.shift()!(message.bytes)
  else close()
})
inStep = false
post({ type: 'ready' })

/** Reports an error that no page's response waits for, with the page whose code it comes from, if that is known. */
function reportStray(thrown: unknown, what: string, hint?: string): void {
  const url = currentPage.getStore()
  const of = url === undefined ? '' : ` of page \`${url}\``
  const error = serializeError(thrown)
  post({
    type: 'error',
    error: {
      ...error,
      code: 'APP_CRASHED',
      message: `${what}${of}: ${error.message}`,
      hint: error.hint ?? hint,
    },
  })
}

async function load(): Promise<App> {
  try {
    beginStep('the import of the server entry', 'ENTRY_FAILED')
    return await loadEntry(entry, () => beginStep('`distillRoutes` of the server entry', 'ENTRY_FAILED'))
  } catch (error) {
    reportError(error)
    return exit(1)
  }
}

/** Sends the pages as they are found: this thread keeps none of them. */
async function sendPages(): Promise<void> {
  let pages: Page[] = []
  const onPage = (page: Page) => {
    beat()
    if (pages.push(page) < pagesPerMessage) return
    post({ type: 'pages', list: { routes: [], notices: [], warnings: [], pages }, last: false })
    pages = []
  }
  const onStep = (what: string) => beginStep(what, 'PARAMS_INVALID')
  const { routes: pageRoutes, notices } = await listPages(routes, pagesOptions, onPage, onStep)
  inStep = false
  post({ type: 'pages', list: { routes: pageRoutes, otherRoutes, notices, warnings, pages }, last: true })
}

/** `distilledUrls()` of the app. */
async function distilledUrls(): Promise<DistilledUrl[]> {
  if (!queue?.busy) {
    throw new Error(
      '`distilledUrls()` cannot be called before all pages are listed, so not by `distillParams`',
    )
  }
  urls ??= planFile === undefined ? urlsOf(routes, pagesOptions) : urlsOfPlan(planFile)
  return urls
}

/** Flushes the app's output before the last message: ending a thread loses what it still buffers. */
function close(): void {
  process.stdout.write('', () => process.stderr.write('', () => post({ type: 'closed' })))
}
