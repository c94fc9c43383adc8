import type { DistilledUrl } from './pages.ts'

/** Lists every page that is distilled. */
type ListUrls = () => Promise<DistilledUrl[]>

/** A global symbol, because the app may have bundled its own copy of this package. */
const key = Symbol.for('vite-distill.distilling')
const shared = globalThis as { [key]?: ListUrls }

/** What the worker has set; undefined in a running server and in a browser. */
export const distilling = (): ListUrls | undefined => shared[key]

/** Called once, by the worker. */
export function setDistilling(urls: ListUrls): void {
  shared[key] = urls
}

/** True while the app is distilled, false in a running server and in a browser. */
export const isDistilling = (): boolean => shared[key] !== undefined
