import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The packed package, as npm would serve it. */
    tarball: string
  }
}

/** Packs the package once for all apps. */
export default async function ({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'vite-distill-packed-'))
  const repository = fileURLToPath(new URL('../..', import.meta.url))
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: repository })
  const [file] = await readdir(folder)
  provide('tarball', join(folder, file!))
  return () => rm(folder, { recursive: true, force: true })
}
