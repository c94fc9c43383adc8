import { type ViteDevServer, isRunnableDevEnvironment } from 'vite'

/** The exports of the server entry as it is now. Once it or what it imports was saved, they are another object. */
export async function importEntry(
  { environments: { ssr } }: ViteDevServer,
  entry: string,
): Promise<Record<string, unknown>> {
  if (!isRunnableDevEnvironment(ssr))
    throw new TypeError('the `ssr` environment cannot run modules in this process')
  return (await ssr.runner.import(entry)) as Record<string, unknown>
}
