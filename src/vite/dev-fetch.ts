import { AsyncLocalStorage } from 'node:async_hooks'
import type { ResolvedOptions } from '../options.ts'
import { askingApp } from '../render/worker/fetch-from-app.ts'
import type { App } from '../routes/entry.ts'

const within = new AsyncLocalStorage<typeof fetch>()
/** What `fetch` was before it was made to look at `within`. */
let network: typeof fetch | undefined

/** Runs `work` with a `fetch()` that asks the app itself, as in a build. All other code of the process keeps its own. */
export function withAppFetch<T>(options: ResolvedOptions, appFetch: App['fetch'], work: () => T): T {
  network ??= lookWithin(globalThis.fetch)
  return within.run(askingApp(options, network, appFetch), work)
}

function lookWithin(original: typeof fetch): typeof fetch {
  globalThis.fetch = (input, init) => (within.getStore() ?? original)(input, init)
  return original
}
