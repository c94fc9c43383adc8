import { setTimeout } from 'node:timers/promises'
import type { PageRoute } from '../../routes/types.ts'
import type { AskedPage, PageFailure, WorkerConfig } from '../messages.ts'
import { currentPage } from './globals.ts'
import { type ListedPage, type Renderer, renderPage } from './page.ts'
import { type StartTimeout, createTimeouts } from './timeouts.ts'

/** Milliseconds before the second attempt at a page; they double with each further one. */
const firstPause = 100

export interface QueueOptions extends Renderer, Pick<WorkerConfig, 'concurrency' | 'timeout' | 'retry'> {
  /** Called before each attempt at a page, with the number of the loop that makes it. */
  onBegin: (index: number, loop: number) => void
  /** Called after each attempt. */
  onEnd: (loop: number) => void
  onFailure: (failure: PageFailure) => void
  /** Called when no page is left. */
  onIdle: () => void
}

/** Renders pages in concurrent loops, each of which takes one page after the other. */
export class RenderQueue {
  readonly #options: QueueOptions
  readonly #startTimeout: StartTimeout
  readonly #pages: ListedPage[] = []
  /** Numbers of the loops that do not run. */
  readonly #idle: number[]

  constructor(options: QueueOptions) {
    this.#options = options
    this.#idle = Array.from({ length: options.concurrency }, (_, loop) => loop)
    this.#startTimeout = createTimeouts(options.timeout)
  }

  /** Whether pages are being rendered. */
  get busy(): boolean {
    return this.#idle.length < this.#options.concurrency
  }

  /** @param first Index of the first of these pages */
  add(first: number, pages: readonly AskedPage[], routes: readonly PageRoute[]): void {
    for (const [i, page] of pages.entries())
      this.#pages.push({ index: first + i, page, route: routes[page.route]! })
    this.#startLoop()
  }

  #startLoop(): void {
    if (this.#idle.length > 0 && this.#pages.length > 0) void this.#loop(this.#idle.pop()!)
  }

  async #loop(loop: number): Promise<void> {
    // The next loop starts once this one waits: pages of an app that responds at once are faster one by one.
    setImmediate(() => this.#startLoop())
    for (let next = this.#pages.shift(); next; next = this.#pages.shift()) await this.#render(next, loop)
    this.#idle.push(loop)
    if (!this.busy) this.#options.onIdle()
  }

  /** Tries a page until it is rendered, has failed for good or `retry` is used up. */
  async #render(queued: ListedPage, loop: number): Promise<void> {
    const { retry, onBegin, onEnd, onFailure } = this.#options
    for (let attempt = 0; ; attempt++) {
      onBegin(queued.index, loop)
      const { expired, end } = this.#startTimeout()
      const failed = await currentPage.run(queued.page.url, () => renderPage(queued, this.#options, expired))
      end()
      onEnd(loop)
      if (!failed) return
      if (!failed.retryable || attempt === retry) return onFailure(failed.failure)
      await setTimeout(firstPause * 2 ** attempt)
    }
  }
}
