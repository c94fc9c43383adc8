import type { PageList } from '../../routes/types.ts'
import type { EventLoopUtilization } from 'node:perf_hooks'
import { MessageChannel, type MessagePort, Worker, receiveMessageOnPort } from 'node:worker_threads'
import { DistillError, type ErrorCode, messageOf } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { BuildRecord } from '../../build-record.ts'
import { type FromWorker, type ToWorker, type WorkerConfig, loopsAt } from '../messages.ts'
import { deserializeError, withStack } from '../serialize-error.ts'
import { LateError, tellAfter, tellWaiting } from '../waiting.ts'

/** Milliseconds between two looks at a worker's heartbeat. */
const watchEvery = 100
/** Milliseconds that an app has to print the rest of its output once its pages are rendered. */
const closeTimeout = 1000
/** Milliseconds that a thread has to end: one that takes longer is inside a call of the system. */
const endTimeout = 5000
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

/** What the pages of a build depend on that is not in its files. */
interface BuildSources {
  /**
   * The Vite config and the files that it imports, absolute; none for a config without a file. Undefined where some
   * code of the options is in no file, or in none that Vite names.
   */
  configFiles: readonly string[] | undefined
  /** The variables that the `.env` files of the mode name. */
  envNames: readonly string[]
}

/** A built app. */
export interface BuiltApp {
  options: ResolvedOptions
  build: Required<BuildRecord>
  sources: BuildSources
  /** Environment variables of the app. */
  env: NodeJS.ProcessEnv
  /** The plan that the pages are in: `distilledUrls()` reads it, and calls no `distillParams`. Default: none. */
  planFile?: string | undefined
  /** Shows no progress. */
  quiet: boolean
}

/** A call of the app's code outside of pages, which may take as long as `timeout` without a heartbeat. */
interface Step {
  what: string
  code: ErrorCode
  began: number
  told: boolean
}

/** Uses a thread of the app, or a new one where there is none or that was lost. */
export async function withThread<T>(
  app: AppThread | undefined,
  built: BuiltApp,
  use: (thread: AppThread) => Promise<T>,
): Promise<T> {
  if (app && !app.ended) return use(app)
  const thread = new AppThread({ ...built, quiet: true })
  try {
    return await use(thread)
  } finally {
    await thread.close()
  }
}

/** The main thread's side of a worker. Every way in which the worker can end before it is closed is an error. */
export class AppThread {
  /** Rejects when the thread ends or the app fails outside of a page; otherwise stays pending. */
  readonly failed: Promise<never>
  /** Called when the thread was blocked for longer than `timeout`, after it was ended, with the pages that it was rendering. */
  onStuck: (pages: number[]) => void = () => {}
  onMessage: (message: FromWorker) => void = () => {}

  /** Milliseconds from the start of the thread until the app was loaded. */
  loadMs = 0
  readonly #began = performance.now()
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #ready: Promise<unknown>
  readonly #heartbeat: WorkerConfig['heartbeat']
  readonly #timeout: number
  readonly #quiet: boolean
  readonly #watch: NodeJS.Timeout
  #step: Step | undefined
  #lastLook = performance.now()
  #lastBeat = 0
  /** Milliseconds since the last heartbeat. */
  #silent = 0
  #urlOf: (page: number) => string | undefined = () => undefined
  #fail!: (error: DistillError) => void
  #idle: EventLoopUtilization | undefined
  #ended = false
  readonly #listeners = new Map<FromWorker['type'], () => void>()

  constructor({ options, build, env, planFile, quiet }: BuiltApp) {
    this.#timeout = options.timeout
    this.#quiet = quiet
    const { origin, base, requestBase, layout, concurrency, timeout, retry, languages, links } = options
    const settings = { origin, base, requestBase, layout, concurrency, timeout, retry, languages, links }
    const { transform, cdn } = options
    const holdWhole = transform ? 'all' : cdn.html ? 'html' : undefined
    const heartbeat = new Int32Array(new SharedArrayBuffer(4 * (loopsAt + concurrency))).fill(-1)
    heartbeat[1] = 0
    this.#heartbeat = heartbeat
    const { port1, port2: port } = new MessageChannel()
    const entry = build.server
    const workerData: WorkerConfig = { ...settings, port, entry, planFile, holdWhole, heartbeat }
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      transferList: [port],
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
    this.#port = port1
    this.#port.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#lose(crashed(error, this.#where(this.#begunLast()))))
    this.#worker.on('exit', (code) => this.#lose(exited(code, this.#where(this.#begunLast()))))
    this.#watch = setInterval(() => this.#look(), watchEvery)
  }

  /** Whether it was ended or lost. */
  get ended(): boolean {
    return this.#ended
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

  /** The pages that these URLs lead to, of the routes whose pages are found by links. */
  async findPages(urls: readonly string[]): Promise<PageList['pages']> {
    await Promise.race([this.#ready, this.failed])
    const found = new Promise<PageList['pages']>((resolve) => {
      this.onMessage = (message) => {
        if (message.type === 'found') resolve(message.pages)
      }
    })
    this.send({ type: 'findPages', urls })
    return Promise.race([found, this.failed])
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
  }

  send(message: ToWorker): void {
    this.#port.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
  }

  /** Ends the thread once the app's output is flushed. */
  async close(): Promise<void> {
    if (!this.#ended) {
      this.send({ type: 'close' })
      await Promise.race([this.#once('closed'), this.failed.catch(() => {}), pause(closeTimeout)])
    }
    await this.end()
  }

  /** Ends the thread at once. */
  async end(): Promise<void> {
    this.#ended = true
    clearInterval(this.#watch)
    this.#port.close()
    const ended = this.#worker.terminate().then(() => true)
    if (await Promise.race([ended, pause(endTimeout)])) return
    // Nothing can end a call of the system, such as `execSync`, and Node would wait for it for ever when it exits.
    const kill = () => process.kill(process.pid, 'SIGKILL')
    process.once('exit', kill)
    void ended.then(() => process.off('exit', kill))
  }

  #once(type: FromWorker['type']): Promise<void> {
    return new Promise((resolve) => this.#listeners.set(type, resolve))
  }

  #receive(message: FromWorker): void {
    this.#listeners.get(message.type)?.()
    if (this.#ended) return
    if (message.type === 'step')
      this.#step = { what: message.what, code: message.code, began: performance.now(), told: false }
    else if (message.type === 'ready' || (message.type === 'pages' && message.last)) this.#step = undefined
    if (message.type === 'error') this.#fail(deserializeError(message.error))
    else if (message.type === 'exit')
      this.#fail(exited(message.code, this.#where(message.url ?? this.#begunLast()), message.stack))
    else this.onMessage(message)
  }

  /** Fails with what the thread itself said before it ended, if it did. */
  #lose(error: DistillError): void {
    for (let left; (left = receiveMessageOnPort(this.#port));) this.#receive(left.message as FromWorker)
    this.#fail(error)
  }

  /** Looks for code of the app that does not end, or does not let go of the thread. */
  #look(): void {
    const now = performance.now()
    const beat = Atomics.load(this.#heartbeat, 1)
    // While this thread itself is busy, it does not see what the app does. Before its first beat, a thread still starts.
    const elapsed = Math.min(now - this.#lastLook, 2 * watchEvery)
    this.#silent = beat > 0 && beat === this.#lastBeat ? this.#silent + elapsed : 0
    this.#lastBeat = beat
    this.#lastLook = now
    const step = this.#step
    if (step && !step.told && now - step.began > tellAfter) {
      step.told = true
      if (!this.#quiet) tellWaiting(step.what)
    }
    if (this.#silent <= this.#timeout + watchEvery) return
    if (step) return this.#fail(new LateError(step.code, step.what, this.#timeout))
    void this.end()
    this.onStuck([...this.#heartbeat.subarray(loopsAt)].filter((page) => page >= 0))
  }

  /** The page that began last: it caused the failure, or is the first to look at. */
  #begunLast(): string | undefined {
    return this.#urlOf(this.#heartbeat[0]!)
  }

  #where(url: string | undefined): string {
    return url === undefined ? 'before any page was rendered' : `while \`${url}\` was being rendered`
  }
}

function crashed(error: unknown, where: string): DistillError {
  if ((error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new DistillError('APP_CRASHED', `the app ran out of memory ${where}`, {
      hint: 'Raise the limit with `NODE_OPTIONS=--max-old-space-size=8192`, or look for what the app keeps in memory.',
      cause: error,
    })
  }
  return new DistillError('APP_CRASHED', `the app crashed ${where}: ${messageOf(error)}`, { cause: error })
}

const exited = (code: number, where: string, stack = '') =>
  new DistillError('APP_EXITED', `the app called \`process.exit(${code})\` ${where}`, {
    hint: 'A server entry must not end the process. `isDistilling()` of `vite-distill/app` is true while it is distilled.',
    cause: stack ? withStack('process.exit', stack) : undefined,
  })
