import { setTimeout } from 'node:timers/promises'
import type { Page, PageRoute } from '../../routes/types.ts'
import type { PageFailure, WorkerConfig } from '../messages.ts'
import { currentPage } from './globals.ts'
import { type ListedPage, type Renderer, renderPage } from './page.ts'
import { type StartTimeout, createTimeouts } from './timeouts.ts'

/** Milliseconds before the second attempt at a page; they double with each further one. */
const firstPause = 100

export interface QueueOptions extends Renderer, Pick<WorkerConfig, 'concurrency' | 'timeout' | 'retry'> {
  /** Called before each attempt at a page. */
  onBegin: (index: number) => void
  onFailure: (failure: PageFailure) => void
  /** Called when no page is left. */
  onIdle: () => void
}

/** Renders pages in concurrent loops, each of which takes one page after the other. */
export class RenderQueue {
  readonly #options: QueueOptions
  readonly #startTimeout: StartTimeout
  readonly #pages: ListedPage[] = []
  #loops = 0

  constructor(options: QueueOptions) {
    this.#options = options
    this.#startTimeout = createTimeouts(options.timeout)
  }

  /** Whether pages are being rendered. */
  get busy(): boolean {
    return this.#loops > 0
  }

  /** @param first Index of the first of these pages */
  add(first: number, pages: readonly Page[], routes: readonly PageRoute[]): void {
    for (const [i, page] of pages.entries())
      this.#pages.push({ index: first + i, page, route: routes[page.route]! })
    this.#startLoop()
  }

  #startLoop(): void {
    if (this.#loops < this.#options.concurrency && this.#pages.length > 0) void this.#loop()
  }

  async #loop(): Promise<void> {
    this.#loops++
    // The next loop starts once this one waits: pages of an app that responds at once are faster one by one.
    setImmediate(() => this.#startLoop())
    for (let next = this.#pages.shift(); next; next = this.#pages.shift()) await this.#render(next)
    this.#loops--
    if (this.#loops === 0) this.#options.onIdle()
  }

  /** Tries a page until it is rendered, has failed for good or `retry` is used up. */
  async #render(queued: ListedPage): Promise<void> {
    const { retry, onBegin, onFailure } = this.#options
    for (let attempt = 0; ; attempt++) {
      onBegin(queued.index)
      const { expired, end } = this.#startTimeout()
      const failed = await currentPage.run(queued.page.url, () => renderPage(queued, this.#options, expired))
      end()
      if (!failed) return
      if (!failed.retryable || attempt === retry) return onFailure(failed.failure)
      await setTimeout(firstPause * 2 ** attempt)
    }
  }
}
