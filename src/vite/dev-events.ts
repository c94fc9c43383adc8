import type { ServerResponse } from 'node:http'

/** Tells open pages, by Server-Sent Events, that the answer may have changed. */
export class DevEvents {
  readonly #listening = new Set<ServerResponse>()

  /**
   * Keeps a response open.
   * @param missed Whether the page listened before and lost its connection: it may have missed an event
   */
  add(res: ServerResponse, missed: boolean): void {
    this.#listening.add(res)
    res.once('close', () => this.#listening.delete(res))
    // The `id` comes back as `Last-Event-ID` when the browser connects again, as it does after a restart of Vite.
    res.write('retry: 500\nid: 1\n\n')
    if (missed) res.write(changed)
  }

  send(): void {
    for (const res of this.#listening) res.write(changed)
  }

  /** Ends all connections: a server closes only once it has none. */
  close(): void {
    for (const res of this.#listening) res.end()
  }
}

const changed = 'data: changed\n\n'
