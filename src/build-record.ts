import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { DistillError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'

/**
 * Where the last client and server builds went: `<outDir>.build.json`. The two may come from two commands, and
 * `vite-distill render` builds neither. Paths are relative to it, so that the whole of `dist` can be moved.
 */
export interface BuildRecord {
  /** Directory of the client build, or of `public/` for an app without a client. */
  client?: string
  /** File of the built server entry. */
  server?: string
}

/** Notes where one of the two builds went. */
export function recordBuild({ buildFile }: ResolvedOptions, part: BuildRecord): void {
  const record = readRecord(buildFile)
  for (const [name, path] of Object.entries(part) as [keyof BuildRecord, string][]) {
    record[name] = relative(dirname(buildFile), path).replaceAll('\\', '/')
  }
  mkdirSync(dirname(buildFile), { recursive: true })
  writeFileSync(buildFile, `${JSON.stringify(record, null, 2)}\n`)
}

/** Where both builds are, as absolute paths; a part that was never built or is gone is left out. */
export function findBuild({ buildFile }: ResolvedOptions): BuildRecord {
  const found: BuildRecord = {}
  for (const [name, path] of Object.entries(readRecord(buildFile)) as [keyof BuildRecord, string][]) {
    const absolute = resolve(dirname(buildFile), path)
    if (existsSync(absolute)) found[name] = absolute
  }
  return found
}

/** @throws {DistillError} `NOT_BUILT` when one of the two is not there */
export function requireBuild(options: ResolvedOptions): Required<BuildRecord> {
  const { client, server } = findBuild(options)
  if (client !== undefined && server !== undefined) return { client, server }
  throw new DistillError(
    'NOT_BUILT',
    `the ${client === undefined ? 'client' : 'server'} has not been built`,
    {
      hint: 'Run `vite build` first.',
    },
  )
}

function readRecord(path: string): BuildRecord {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as BuildRecord
  } catch {
    // Not there, or cut short by a build that died: the builds that follow write it anew.
    return {}
  }
}
