import type { Layout } from '../options.ts'

/** Options of the plugin that the running app needs too. Vite's `define` replaces this name with them. */
declare const __VITE_DISTILL_SETTINGS__: Settings | undefined

export interface Settings {
  layout: Layout
  /** The languages that fill `:lang`. If empty, `:lang` is a param like any other. */
  languages: readonly string[]
  /** Whether the app is asked for pages with `base` in front. */
  requestBase: boolean
  origin: string
  timeout: number
  /** Whether the build has the option, a function that is not part of the app. */
  transform: boolean
}

const defaults: Settings = {
  layout: 'directory',
  languages: [],
  requestBase: false,
  origin: 'http://localhost',
  timeout: 30_000,
  transform: false,
}

/** The settings of the build, or the defaults if Vite did not build this code. */
export const settings = (): Settings =>
  typeof __VITE_DISTILL_SETTINGS__ === 'undefined' ? defaults : __VITE_DISTILL_SETTINGS__
