import { type ViteDevServer, isRunnableDevEnvironment } from 'vite'
import { DistillError } from '../errors.ts'

/**
 * The exports of the server entry as it is now. Once it or what it imports was saved, they are another object.
 * @throws {DistillError} `ENTRY_FAILED` where this process cannot import it, or what the entry throws
 */
export async function importEntry(
  { environments: { ssr } }: ViteDevServer,
  entry: string,
): Promise<Record<string, unknown>> {
  if (!isRunnableDevEnvironment(ssr)) {
    throw new DistillError('ENTRY_FAILED', 'the `ssr` environment cannot run modules in this process', {
      hint: 'A plugin runs them elsewhere. The build distils all the same.',
    })
  }
  return (await ssr.runner.import(entry)) as Record<string, unknown>
}
