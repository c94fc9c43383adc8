import { type DevEnvironment, type HotPayload, type ViteDevServer, isRunnableDevEnvironment } from 'vite'
import type { ModuleRunner } from 'vite/module-runner'
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

/**
 * Imports the entry also where another plugin runs the `ssr` environment elsewhere, as Nitro does in a thread: its
 * modules are then run here a second time.
 */
export class EntryImporter {
  readonly #server: ViteDevServer
  #runner: Promise<ModuleRunner> | undefined

  constructor(server: ViteDevServer) {
    this.#server = server
  }

  async import(entry: string): Promise<Record<string, unknown>> {
    const { ssr } = this.#server.environments
    if (isRunnableDevEnvironment(ssr)) return importEntry(this.#server, entry)
    const runner = await (this.#runner ??= runnerOf(ssr))
    return (await runner.import(entry)) as Record<string, unknown>
  }

  async close(): Promise<void> {
    await (await this.#runner)?.close()
  }
}

async function runnerOf({ hot }: DevEnvironment): Promise<ModuleRunner> {
  const { ESModulesEvaluator, ModuleRunner } = await import('vite/module-runner')
  const transport = { invoke: (payload: HotPayload) => hot.handleInvoke(payload) }
  return new ModuleRunner({ transport, hmr: false }, new ESModulesEvaluator())
}
