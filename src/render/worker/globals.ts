import { AsyncLocalStorage } from 'node:async_hooks'
import pc from 'picocolors'

/** The URL of the page that the current call belongs to. */
export const currentPage = new AsyncLocalStorage<string>()

/** Prefixes what the app prints while it renders a page with the page's URL. */
export function attributeOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      const url = currentPage.getStore()
      const text =
        url !== undefined && typeof chunk === 'string' ? `${pc.dim(decodeURI(url))} ${chunk}` : chunk
      return write(text, ...rest)
    }
  }
}
