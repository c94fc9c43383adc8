import type { LogLevel, Plugin } from 'vite'
import { DistillError, messageOf } from '../errors.ts'
import type { ConfigFlags } from './load-options.ts'

/** Tells the plugin of the config that pages are not rendered now. */
const bundleOnly: Plugin = { name: 'vite-distill:bundle-only' }

/** Whether this build only bundles. */
export const bundlesOnly = (plugins: readonly Plugin[]): boolean =>
  plugins.some(({ name }) => name === bundleOnly.name)

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
}: ConfigFlags & { logLevel: LogLevel }): Promise<void> {
  const { createBuilder, createLogger } = await import('vite')
  const logger = createLogger(logLevel)
  // Standard output is for the result of a command.
  logger.info = (message) => void process.stderr.write(`${message}\n`)
  try {
    const builder = await createBuilder(
      {
        root,
        configFile: config,
        mode,
        logLevel,
        customLogger: logger,
        build: { outDir },
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
