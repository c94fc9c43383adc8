import { AsyncLocalStorage } from 'node:async_hooks'
import pc from 'picocolors'

/** The URL of the page that the current call belongs to. */
const current = new AsyncLocalStorage<string>()

/** Runs what belongs to a page, so that what it prints can be told from what other pages print. */
export const within = current.run.bind(current) as <T>(url: string, run: () => T) => T

/** Puts the page's URL before what the app prints while it renders one. */
export function attributeOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      const url = current.getStore()
      const text =
        url !== undefined && typeof chunk === 'string' ? `${pc.dim(decodeURI(url))} ${chunk}` : chunk
      return write(text, ...rest)
    }
  }
}

/** Lets the app reach itself: `fetch('/api/posts')` is answered by the app, without a server. */
export function answerOwnFetch(
  origin: string,
  answer: (request: Request) => Response | Promise<Response>,
): void {
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) =>
    typeof input === 'string' && /^\/(?!\/)/.test(input)
      ? answer(new Request(new URL(input, origin), init))
      : fetch(input, init)
}
