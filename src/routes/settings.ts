import type { Layout } from '../options.ts'

/** Options of the plugin that the running app needs, too. Vite's `define` puts them in where this name stands. */
declare const __VITE_DISTILL_SETTINGS__: Settings | undefined

export interface Settings {
  layout: Layout
  languages: readonly string[]
}

/** The settings of the build; the defaults where nothing was built by Vite. */
export const settings = (): Settings =>
  typeof __VITE_DISTILL_SETTINGS__ === 'undefined'
    ? { layout: 'directory', languages: [] }
    : __VITE_DISTILL_SETTINGS__
