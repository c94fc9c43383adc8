import { setTimeout } from 'node:timers/promises'
import type { Page, PageRoute } from '../../routes/types.ts'
import type { PageFailure } from '../messages.ts'
import { runForPage } from './globals.ts'
import { type FailedAttempt, type RunningApp, type Sink, renderPage } from './page.ts'
import { Timeouts } from './timeouts.ts'

/** Milliseconds before the second attempt at a page; they double with each further one. */
const firstPause = 100

export interface QueueOptions {
  app: RunningApp
  sink: Sink
  origin: string
  /** Pages in flight. */
  concurrency: number
  /** Milliseconds per page. */
  timeout: number
  /** How often a page is tried again. */
  retry: number
  /** Called before each attempt at a page. */
  onBegin: (index: number) => void
  onFailure: (failure: PageFailure) => void
  /** Called when no page is left. */
  onIdle: () => void
}

interface QueuedPage {
  index: number
  page: Page
  route: PageRoute
}

/** Renders pages in concurrent loops, each of which takes one page after the other. */
export class RenderQueue {
  readonly #options: QueueOptions
  readonly #timeouts: Timeouts
  readonly #pages: QueuedPage[] = []
  #loops = 0

  constructor(options: QueueOptions) {
    this.#options = options
    this.#timeouts = new Timeouts(options.timeout)
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
  async #render(queued: QueuedPage): Promise<void> {
    const { retry, onBegin, onFailure } = this.#options
    for (let attempt = 0; ; attempt++) {
      onBegin(queued.index)
      const failed = await runForPage(queued.page.url, () => this.#attempt(queued))
      if (!failed) return
      if (!failed.retryable || attempt === retry) return onFailure(failed.failure)
      await setTimeout(firstPause * 2 ** attempt)
    }
  }

  async #attempt({ index, page, route }: QueuedPage): Promise<FailedAttempt | undefined> {
    const { app, sink, origin } = this.#options
    const { expired, end } = this.#timeouts.start()
    const request = new Request(origin + page.url, {
      headers: { accept: '*/*', 'user-agent': 'vite-distill' },
    })
    const failed = await renderPage(
      app,
      { index, key: page.key, request, accepted: route.status, origin, expired },
      sink,
    )
    end()
    return failed
  }
}
