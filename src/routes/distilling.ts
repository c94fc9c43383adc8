import type { DistilledUrl } from './pages.ts'

/** What the distilling thread tells the app that runs in it. */
export interface Distilling {
  /** Every page of the plan. */
  urls(): Promise<DistilledUrl[]>
}

/** Shared by every copy of this package in a process: the app may have bundled its own. */
const key = Symbol.for('vite-distill.distilling')
const shared = globalThis as { [key]?: Distilling }

/** What the distilling thread has set; nothing in a running server and in a browser. */
export const distilling = (): Distilling | undefined => shared[key]

/** Called once, by the distilling thread. */
export function setDistilling(value: Distilling): void {
  shared[key] = value
}

/** True while pages are being rendered into files, false in a running server and in a browser. */
export const isDistilling = (): boolean => shared[key] !== undefined
