import { PageError } from '../page-error.ts'

/** The time that one attempt to render a page may take. */
export interface TimeLimit {
  /** Returns a promise that rejects when the time is over. */
  expired: () => Promise<never>
  /** Forgets those promises. */
  end: () => void
}

interface Wait {
  began: number
  expire: (error: Error) => void
}

/** Limits the time of pages. One timer checks all of them: a timer for each costs more than rendering a small page. */
export class Timeouts {
  readonly #waits = new Set<Wait>()

  /** @param timeout Milliseconds that a page may take */
  constructor(timeout: number) {
    setInterval(
      () => {
        const limit = performance.now() - timeout
        for (const { began, expire } of this.#waits)
          if (began < limit) expire(new PageError(`it took longer than \`timeout\`, ${timeout} ms`, true))
      },
      Math.min(250, timeout / 4),
    )
  }

  start(): TimeLimit {
    const began = performance.now()
    const own: Wait[] = []
    return {
      expired: () => {
        const promise = new Promise<never>((_, expire) => own.push({ began, expire }))
        this.#waits.add(own.at(-1)!)
        // Nothing may be listening when it rejects.
        promise.catch(() => {})
        return promise
      },
      end: () => {
        for (const wait of own) this.#waits.delete(wait)
      },
    }
  }
}
