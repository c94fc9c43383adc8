import { PageError } from '../page-error.ts'

/** Begins the time that one attempt to render a page may take. */
export type StartTimeout = () => {
  /** Returns a promise that rejects when the time is over. */
  expired: () => Promise<never>
  /** Forgets those promises. */
  end: () => void
}

interface Wait {
  began: number
  expire: (error: Error) => void
}

/**
 * Limits the time of pages. One timer checks all of them: a timer for each costs more than rendering a small page.
 * While one page keeps the thread busy, the time of the others stands still: they cannot do anything about it.
 * @param timeout Milliseconds that a page may take
 */
export function createTimeouts(timeout: number): StartTimeout {
  const waits = new Set<Wait>()
  const every = Math.min(250, timeout / 4)
  let checked = performance.now()
  let clock = 0
  const now = () => clock + Math.min(performance.now() - checked, 2 * every)
  const check = () => {
    clock = now()
    checked = performance.now()
    const limit = clock - timeout
    for (const { began, expire } of waits)
      if (began < limit) expire(new PageError(`it took longer than \`timeout\`, ${timeout} ms`, true))
  }
  setInterval(check, every)

  return () => {
    const began = now()
    const own: Wait[] = []
    return {
      expired: () => {
        const promise = new Promise<never>((_, expire) => own.push({ began, expire }))
        waits.add(own.at(-1)!)
        // Nothing may be listening when it rejects.
        promise.catch(() => {})
        return promise
      },
      end: () => own.forEach((wait) => waits.delete(wait)),
    }
  }
}
