import type { DistilledUrl } from './pages.ts'

/** What the worker tells the app that runs in it. */
export interface Distilling {
  /** Every page that is distilled. */
  urls(): Promise<DistilledUrl[]>
}

/** A global symbol, because the app may have bundled its own copy of this package. */
const key = Symbol.for('vite-distill.distilling')
const shared = globalThis as { [key]?: Distilling }

/** What the worker has set; undefined in a running server and in a browser. */
export const distilling = (): Distilling | undefined => shared[key]

/** Called once, by the worker. */
export function setDistilling(value: Distilling): void {
  shared[key] = value
}

/** True while the app is distilled, false in a running server and in a browser. */
export const isDistilling = (): boolean => shared[key] !== undefined
