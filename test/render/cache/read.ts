import { builtApp } from '../../../src/cli/built-app.ts'
import { type Fingerprint, fingerprintOf } from '../../../src/render/cache/fingerprint.ts'
import { pageTagging } from '../../../src/render/page-tagger.ts'
import type { BuiltApp } from '../../../src/render/worker/app-thread.ts'
import { loadOptions } from '../../../src/vite/load-options.ts'

/** The app that was built in a folder, as the command `render` finds it. */
export const appIn = async (root: string): Promise<BuiltApp> =>
  builtApp({ ...(await loadOptions({ root })), flags: { root }, quiet: true })

export const fingerprintIn = (app: BuiltApp): Fingerprint =>
  fingerprintOf({ ...app, tagging: pageTagging(app.build, app.options) })
