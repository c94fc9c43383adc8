import { createHash } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { encodeKey } from '../../keys.ts'
import { throwIfAborted } from '../interrupted.ts'
import { retry } from '../retry.ts'

/** What the public address answered. */
export interface Answer {
  status: number
  /** Of the decoded body, hex. */
  sha256: string
  /** The content type, as it came. */
  type: string | undefined
  cacheControl: string | undefined
  location: string | undefined
}

/** Nothing answered at the public address, for as long as we were willing to wait. */
export class NoAnswer extends Error {
  constructor(url: string, cause: unknown) {
    super(`${url} does not answer: ${messageOf(reason(cause))}`, { cause })
    this.name = 'NoAnswer'
  }
}

/** `fetch failed` says nothing: what is underneath does. */
const reason = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error

const busy = new Set([429, 500, 502, 503, 504])

/** A target as visitors see it: the address that the site's root is served at. */
export class PublicSite {
  /** Ends in `/`; without user name and password. */
  readonly root: string
  requests = 0
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal | undefined
  readonly #patience: number

  /**
   * `base` is the path that the URLs of the manifest start with: it is the site's root too. `patience` is how many
   * milliseconds nothing may come.
   */
  constructor(
    publicUrl: string,
    base: string,
    { signal, patience = 10_000 }: { signal?: AbortSignal | undefined; patience?: number | undefined } = {},
  ) {
    const url = new URL(publicUrl)
    const { username, password } = url
    url.username = url.password = url.search = url.hash = ''
    this.root = url.href.replace(/\/*$/, '/')
    this.#base = base
    this.#signal = signal
    this.#patience = patience
    // `fetch` takes no credentials in an address; sites that are not public yet often have some.
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    this.#headers = username || password ? { authorization: `Basic ${login.toString('base64')}` } : {}
  }

  /** Where visitors find a URL of the manifest. */
  addressOf(url: string): string {
    const path = url.startsWith(this.#base) ? url.slice(this.#base.length) : url
    return this.root + path.replace(/^\//, '')
  }

  /** Where visitors find an object, whatever page it may be. */
  addressOfKey(key: string): string {
    return this.root + encodeKey(key)
  }

  /**
   * Fetches an address. Failures of the network and of busy servers are tried again for a while.
   * @throws {NoAnswer} where nothing answers
   */
  async fetch(address: string): Promise<Answer> {
    const deadline = Date.now() + this.#patience
    let last: Answer | undefined
    return retry(
      async () => {
        last = undefined
        last = await this.#fetchOnce(address)
        if (busy.has(last.status)) throw new Busy()
        return last
      },
      // One silent connection may use up all the time, and says little.
      (_, attempt) => attempt === 1 || Date.now() < deadline,
      { signal: this.#signal, longestPause: 2000 },
    ).catch((error: unknown) => {
      throwIfAborted(this.#signal)
      if (last) return last
      throw new NoAnswer(address, error)
    })
  }

  /** Fetches an address past every cache on the way. */
  fetchFresh(address: string): Promise<Answer> {
    const url = new URL(address)
    url.searchParams.set('vite-distill', crypto.randomUUID())
    return this.fetch(url.href)
  }

  async #fetchOnce(address: string): Promise<Answer> {
    this.requests++
    const silence = new AbortController()
    const seconds = this.#patience / 1000
    const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${seconds} s`)), this.#patience)
    try {
      const response = await fetch(address, {
        redirect: 'manual',
        headers: this.#headers,
        signal: silence.signal,
      })
      const hash = createHash('sha256')
      for await (const chunk of response.body ?? []) {
        hash.update(chunk as Uint8Array)
        // A large file may take its time, as long as it keeps coming.
        timer.refresh()
      }
      return {
        status: response.status,
        sha256: hash.digest('hex'),
        type: response.headers.get('content-type') ?? undefined,
        cacheControl: response.headers.get('cache-control') ?? undefined,
        location: response.headers.get('location') ?? undefined,
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

class Busy extends Error {}
