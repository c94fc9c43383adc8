/** Shared by every copy of this package in a process: the app may have bundled its own. */
export const distillingKey: unique symbol = Symbol.for('vite-distill.distilling') as never

/** True while pages are being rendered into files, false in a running server and in a browser. */
export const isDistilling = (): boolean => distillingKey in globalThis
