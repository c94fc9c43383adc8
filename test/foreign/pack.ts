import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The packed package, as npm would serve it. */
    tarball: string
    /** The same of create-vite-distill. */
    createTarball: string
  }
}

/** Packs both packages once for all apps. */
export default async function ({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'vite-distill-packed-'))
  const repository = fileURLToPath(new URL('../..', import.meta.url))
  const pack = async (cwd: string) => {
    const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
    const { stdout } = await execa('npm', args, { cwd })
    return join(folder, stdout.trim())
  }
  provide('tarball', await pack(repository))
  provide('createTarball', await pack(join(repository, 'packages/create')))
  return () => rm(folder, { recursive: true, force: true })
}
