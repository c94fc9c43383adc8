import type { LogLevel, Plugin } from 'vite'
import { DistillError, messageOf } from '../errors.ts'
import { buildDirOf } from './config.ts'
import type { ConfigFlags } from './load-options.ts'

/** Tells the plugin of the config that pages are not rendered now. */
const bundleOnly: Plugin = {
  name: 'vite-distill:bundle-only',
  config({ build }) {
    // Nothing would wait for a bundle that is made in watch mode.
    if (build) build.watch = null
  },
}

/** Whether this build only bundles. */
export const bundlesOnly = (plugins: readonly Plugin[]): boolean =>
  plugins.some(({ name }) => name === bundleOnly.name)

export interface BundleInput extends ConfigFlags {
  logLevel: LogLevel
  /** The user's `NODE_ENV`. Without one, Vite takes that of the mode's `.env` files, else `production`. */
  nodeEnv: string | undefined
}

/**
 * Bundles client and server as `vite build` does, and renders no page.
 * @throws {DistillError} `BUILD_FAILED`
 */
export async function bundle({
  config,
  mode = 'production',
  root,
  outDir,
  logLevel,
  nodeEnv,
}: BundleInput): Promise<void> {
  const { createBuilder, createLogger } = await import('vite')
  if (nodeEnv === undefined) delete process.env.NODE_ENV
  try {
    const builder = await createBuilder(
      {
        root,
        configFile: config,
        mode,
        customLogger: createLogger(logLevel),
        // With `info`, Rolldown itself writes to the standard output, which is for the result of a command.
        logLevel: 'warn',
        // Of `dist/client`, Vite's command would build the client only.
        build: { outDir: outDir && buildDirOf(outDir, false) },
        plugins: [bundleOnly],
      },
      null,
    )
    await builder.buildApp()
  } catch (cause) {
    if (cause instanceof DistillError) throw cause
    throw new DistillError('BUILD_FAILED', `the app could not be bundled: ${messageOf(cause)}`, { cause })
  }
}
