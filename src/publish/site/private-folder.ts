import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The folders of this process: two publishes may run in one. */
const inUse = new Set<string>()

const prefixOf = (outDir: string) => `${basename(outDir)}.publishing-${hostname()}-`

/**
 * Makes a folder for one publish, `<outDir>.publishing-<host>-<pid>-<random>`, and removes those of publishes that
 * died. Where nothing can be written beside the site, the folder is among the temporary files.
 */
export function openPrivateFolder(outDir: string): string {
  const beside = join(dirname(outDir), `${prefixOf(outDir)}${process.pid}-`)
  let folder: string
  try {
    removeAbandoned(outDir)
    folder = mkdtempSync(beside)
  } catch {
    folder = mkdtempSync(join(tmpdir(), 'vite-distill-publishing-'))
  }
  inUse.add(folder)
  return folder
}

export function removePrivateFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  inUse.delete(folder)
}

function removeAbandoned(outDir: string): void {
  const prefix = prefixOf(outDir)
  for (const name of readdirSync(dirname(outDir))) {
    const pid = name.startsWith(prefix) ? /^(\d+)-\w+$/.exec(name.slice(prefix.length))?.[1] : undefined
    const path = join(dirname(outDir), name)
    if (pid !== undefined && !isInUse(path, Number(pid))) rmSync(path, { recursive: true, force: true })
  }
}

function isInUse(path: string, pid: number): boolean {
  if (pid === process.pid) return inUse.has(path)
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
