import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend } from '../../src/backends/backend.ts'

export const root = join(import.meta.dirname, '../..')

/** The source of the backend in the documentation. */
export const example = /```ts\n(\/\/ memory-backend\.ts\n.*?)```/s.exec(
  readFileSync(join(root, 'docs/backends/custom.md'), 'utf8'),
)![1]!

/** Loads the backend in the documentation. */
export async function loadExample(): Promise<() => Backend> {
  const file = join(mkdtempSync(join(tmpdir(), 'vite-distill-example-')), 'memory-backend.ts')
  writeFileSync(file, example.replace(`'vite-distill'`, `'${join(root, 'src/index.ts')}'`))
  const { memoryBackend } = (await import(/* @vite-ignore */ file)) as { memoryBackend: () => Backend }
  return memoryBackend
}
