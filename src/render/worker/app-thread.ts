import type { PageList } from '../../routes/types.ts'
import type { EventLoopUtilization } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { DistillError } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { BuildRecord } from '../../build-record.ts'
import type { FromWorker, ToWorker, WorkerConfig } from '../messages.ts'
import { deserializeError, withStack } from '../serialize-error.ts'

/** Milliseconds between two looks at a worker's heartbeat. */
const watchEvery = 100
/** Milliseconds that an app has to print the rest of its output once its pages are rendered. */
const closeTimeout = 1000

/** A built app. */
export interface BuiltApp {
  options: ResolvedOptions
  build: Required<BuildRecord>
  /** Environment variables of the app. */
  env: NodeJS.ProcessEnv
}

/** The main thread's side of a worker. Every way in which the worker can end before it is closed is an error. */
export class AppThread {
  /** Rejects when the thread ends or the app fails outside of a page; otherwise stays pending. */
  readonly failed: Promise<never>
  /** Called when a page has blocked the thread for longer than `timeout`, after the thread was ended. */
  onStuck: (page: number) => void = () => {}
  onMessage: (message: FromWorker) => void = () => {}

  /** Milliseconds from the start of the thread until the app was loaded. */
  loadMs = 0
  readonly #began = performance.now()
  readonly #worker: Worker
  readonly #ready: Promise<unknown>
  readonly #heartbeat = new Int32Array(new SharedArrayBuffer(8))
  readonly #timeout: number
  #watch: NodeJS.Timeout | undefined
  #urlOf: (page: number) => string | undefined = () => undefined
  #fail!: (error: DistillError) => void
  #idle: EventLoopUtilization | undefined
  #ended = false
  readonly #listeners = new Map<FromWorker['type'], () => void>()

  constructor({ options, build, env }: BuiltApp) {
    this.#heartbeat[0] = -1
    this.#timeout = options.timeout
    const { origin, base, requestBase, layout, concurrency, timeout, retry, languages, links } = options
    const settings = { origin, base, requestBase, layout, concurrency, timeout, retry, languages, links }
    const { transform, cdn } = options
    const holdWhole = transform ? 'all' : cdn.html ? 'html' : undefined
    const heartbeat = this.#heartbeat
    const workerData: WorkerConfig = { ...settings, entry: build.server, holdWhole, heartbeat }
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      env,
      stdout: true,
      stderr: true,
    })
    // Standard output is for the result of a command.
    this.#worker.stdout.pipe(process.stderr, { end: false })
    this.#worker.stderr.pipe(process.stderr, { end: false })
    this.failed = new Promise((_, reject) => {
      this.#fail = (error) => {
        if (!this.#ended) reject(error)
        this.#ended = true
        clearInterval(this.#watch)
      }
    })
    this.failed.catch(() => {})
    this.#ready = this.#once('ready').then(() => (this.loadMs = performance.now() - this.#began))
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(crashed(error, this.#currentPage())))
    this.#worker.on('exit', (code) => this.#fail(exited(code, this.#currentPage())))
  }

  /** Lists the pages, without rendering any. */
  async listPages(): Promise<PageList> {
    await Promise.race([this.#ready, this.failed])
    const pages: PageList['pages'] = []
    const listed = new Promise<PageList>((resolve) => {
      this.onMessage = (message) => {
        if (message.type !== 'pages') return
        for (const page of message.list.pages) pages.push(page)
        if (message.last) resolve({ ...message.list, pages })
      }
    })
    this.send({ type: 'listPages' })
    return Promise.race([listed, this.failed])
  }

  /** Milliseconds that the thread has been busy since `watch` began. */
  busyMs(): number {
    return this.#worker.performance.eventLoopUtilization(this.#idle).active
  }

  /** Waits until the app is loaded, and from then on looks for a page of the list that blocks the thread. */
  async watch({ pages }: PageList): Promise<void> {
    this.#urlOf = (page) => pages[page]?.url
    await Promise.race([this.#ready, this.failed])
    this.#idle = this.#worker.performance.eventLoopUtilization()
    let lastBeat = 0
    let since = performance.now()
    this.#watch = setInterval(() => {
      const beat = Atomics.load(this.#heartbeat, 1)
      if (beat !== lastBeat) {
        lastBeat = beat
        since = performance.now()
      } else if (performance.now() - since > this.#timeout + watchEvery) {
        void this.end()
        this.onStuck(this.#heartbeat[0]!)
      }
    }, watchEvery)
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
  }

  /** Ends the thread once the app's output is flushed. */
  async close(): Promise<void> {
    if (!this.#ended) {
      this.send({ type: 'close' })
      await Promise.race([
        this.#once('closed'),
        this.failed.catch(() => {}),
        new Promise((resolve) => setTimeout(resolve, closeTimeout).unref()),
      ])
    }
    await this.end()
  }

  /** Ends the thread at once. */
  end(): Promise<number> {
    this.#ended = true
    clearInterval(this.#watch)
    return this.#worker.terminate()
  }

  #once(type: FromWorker['type']): Promise<void> {
    return new Promise((resolve) => this.#listeners.set(type, resolve))
  }

  #receive(message: FromWorker): void {
    this.#listeners.get(message.type)?.()
    if (this.#ended) return
    if (message.type === 'error') this.#fail(deserializeError(message.error))
    else if (message.type === 'exit') this.#fail(exited(message.code, this.#currentPage(), message.stack))
    else this.onMessage(message)
  }

  /** The page that began last: it caused the failure, or is the first to look at. */
  #currentPage(): string {
    const url = this.#urlOf(this.#heartbeat[0]!)
    return url === undefined ? 'before any page was rendered' : `while \`${url}\` was being rendered`
  }
}

function crashed(error: Error & { code?: string }, where: string): DistillError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new DistillError('APP_CRASHED', `the app ran out of memory ${where}`, {
      hint: 'Raise the limit with `NODE_OPTIONS=--max-old-space-size=8192`, or look for what the app keeps in memory.',
      cause: error,
    })
  }
  return new DistillError('APP_CRASHED', `the app crashed ${where}: ${error.message}`, { cause: error })
}

const exited = (code: number, where: string, stack = '') =>
  new DistillError('APP_EXITED', `the app called \`process.exit(${code})\` ${where}`, {
    hint: 'A server entry must not end the process. `isDistilling()` of `vite-distill/app` is true while it is distilled.',
    cause: stack ? withStack('process.exit', stack) : undefined,
  })
