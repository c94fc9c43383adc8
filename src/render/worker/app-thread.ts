import type { PageList } from '../../routes/types.ts'
import type { EventLoopUtilization } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { DistillError } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { BuildRecord } from '../../build-record.ts'
import type { FromWorker, ToWorker, WorkerConfig } from '../messages.ts'
import { fromThrown } from '../serialize-error.ts'

/** How often the main thread looks whether a worker still answers, in milliseconds. */
const watchEvery = 100
/** How long an app that is done may take to print the last of its output, in milliseconds. */
const farewell = 1000

export interface AppConfig extends Omit<WorkerConfig, 'pulse'> {
  /** Environment variables of the app. */
  env: NodeJS.ProcessEnv
}

/** What the thread of a built app is started with. */
export function appConfig(
  { origin, layout, concurrency, timeout, retry, languages, transform, cdn }: ResolvedOptions,
  { server }: Required<BuildRecord>,
  env: NodeJS.ProcessEnv,
): AppConfig {
  const whole = transform ? 'all' : cdn.html ? 'html' : undefined
  return { origin, layout, concurrency, timeout, retry, languages, entry: server, whole, env }
}

/** The app in a thread of its own. Every way in which the thread can end before it is closed is an error. */
export class AppThread {
  /** Rejects when the thread ends or the app fails outside of a page; otherwise never settles. */
  readonly failed: Promise<never>
  /** Called when one page has kept the thread busy for longer than `timeout`; the thread is ended by then. */
  onStuck: (page: number) => void = () => {}
  onMessage: (message: FromWorker) => void = () => {}

  /** Milliseconds from the start of the thread until the app was loaded. */
  loadMs = 0
  readonly #began = performance.now()
  readonly #worker: Worker
  readonly #ready: Promise<unknown>
  readonly #pulse = new Int32Array(new SharedArrayBuffer(8))
  readonly #timeout: number
  #watch: NodeJS.Timeout | undefined
  #urlOf: (page: number) => string | undefined = () => undefined
  #fail!: (error: DistillError) => void
  #idle: EventLoopUtilization | undefined
  #over = false
  #heard = new Map<FromWorker['type'], () => void>()

  constructor({ env, ...config }: AppConfig) {
    this.#pulse[0] = -1
    this.#timeout = config.timeout
    const workerData: WorkerConfig = { ...config, pulse: this.#pulse }
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      env,
      stdout: true,
      stderr: true,
    })
    // Standard output belongs to the result of a command.
    this.#worker.stdout.pipe(process.stderr, { end: false })
    this.#worker.stderr.pipe(process.stderr, { end: false })
    this.failed = new Promise((_, reject) => {
      this.#fail = (error) => {
        if (!this.#over) reject(error)
        this.#over = true
        clearInterval(this.#watch)
      }
    })
    this.failed.catch(() => {})
    this.#ready = this.#hear('ready').then(() => (this.loadMs = performance.now() - this.#began))
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(crashed(error, this.#where())))
    this.#worker.on('exit', (code) => this.#fail(exited(code, this.#where())))
  }

  /** Enumerates the pages, without rendering any. */
  async plan(): Promise<PageList> {
    await Promise.race([this.#ready, this.failed])
    const plan: PageList = { routes: [], pages: [], notices: [] }
    const planned = new Promise<void>((resolve) => {
      this.onMessage = (message) => {
        if (message.type !== 'planned') return
        for (const page of message.plan.pages) plan.pages.push(page)
        if (!message.last) return
        plan.routes = message.plan.routes
        plan.notices = message.plan.notices
        resolve()
      }
    })
    this.send({ type: 'plan' })
    await Promise.race([planned, this.failed])
    return plan
  }

  /** Milliseconds that the thread has been at work since it was watched. */
  busyMs(): number {
    return this.#worker.performance.eventLoopUtilization(this.#idle).active
  }

  /** Makes the thread ready to be sent pages of this plan, and begins to watch it. */
  async watch({ pages }: PageList): Promise<void> {
    this.#urlOf = (page) => pages[page]?.url
    await Promise.race([this.#ready, this.failed])
    this.#idle = this.#worker.performance.eventLoopUtilization()
    let beat = 0
    let since = performance.now()
    this.#watch = setInterval(() => {
      const current = Atomics.load(this.#pulse, 1)
      if (current !== beat) {
        beat = current
        since = performance.now()
      } else if (performance.now() - since > this.#timeout + watchEvery) {
        void this.end()
        this.onStuck(this.#pulse[0]!)
      }
    }, watchEvery)
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
  }

  /** Ends the thread once it has printed what it has to print. */
  async close(): Promise<void> {
    if (!this.#over) {
      this.send({ type: 'close' })
      await Promise.race([
        this.#hear('closed'),
        this.failed.catch(() => {}),
        new Promise((resolve) => setTimeout(resolve, farewell).unref()),
      ])
    }
    await this.end()
  }

  /** Ends the thread at once. */
  end(): Promise<number> {
    this.#over = true
    clearInterval(this.#watch)
    return this.#worker.terminate()
  }

  #hear(type: FromWorker['type']): Promise<void> {
    return new Promise((resolve) => this.#heard.set(type, resolve))
  }

  #receive(message: FromWorker): void {
    this.#heard.get(message.type)?.()
    if (this.#over) return
    if (message.type === 'thrown') this.#fail(fromThrown(message.error))
    else if (message.type === 'exit') this.#fail(exited(message.code, this.#where(), message.stack))
    else this.onMessage(message)
  }

  /** The page that was begun last, which is the one to blame, or the first to look at. */
  #where(): string {
    const url = this.#urlOf(this.#pulse[0]!)
    return url === undefined ? 'before any page was rendered' : `while \`${url}\` was being rendered`
  }
}

function crashed(error: Error & { code?: string }, where: string): DistillError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new DistillError('APP_CRASHED', `the app ran out of memory ${where}`, {
      hint: 'Give it more with `NODE_OPTIONS=--max-old-space-size=8192`, or look for what it keeps.',
      cause: error,
    })
  }
  return new DistillError('APP_CRASHED', `the app crashed ${where}: ${error.message}`, { cause: error })
}

function exited(code: number, where: string, stack = ''): DistillError {
  const cause = new Error('process.exit')
  cause.stack = stack
  return new DistillError('APP_EXITED', `the app called \`process.exit(${code})\` ${where}`, {
    hint: 'A server entry must not end the process; `isDistilling()` of `vite-distill/app` tells when it is being distilled.',
    ...(stack ? { cause } : {}),
  })
}
