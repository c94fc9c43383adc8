import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { DistillError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'

/**
 * The output of the last client and server builds, kept in `<outDir>.build.json`: the two builds may be two
 * commands, and `vite-distill render` builds neither. Paths in the file are relative to it, so that `dist` can be
 * moved as a whole.
 */
export interface BuildRecord {
  /** Directory of the client build, or of `public/` for an app without a client. */
  client?: string
  /** File of the built server entry. */
  server?: string
}

type BuildFile = Pick<ResolvedOptions, 'buildFile'>

/** Records the output of one of the two builds. */
export function recordBuild({ buildFile }: BuildFile, part: BuildRecord): void {
  const record = readRecord(buildFile)
  for (const [name, path] of Object.entries(part) as [keyof BuildRecord, string][]) {
    record[name] = relative(dirname(buildFile), path).replaceAll('\\', '/')
  }
  mkdirSync(dirname(buildFile), { recursive: true })
  writeFileSync(buildFile, `${JSON.stringify(record, null, 2)}\n`)
}

/** The outputs of both builds, as absolute paths, without one that does not exist. */
export function findBuild({ buildFile }: BuildFile): BuildRecord {
  const found: BuildRecord = {}
  for (const [name, path] of Object.entries(readRecord(buildFile)) as [keyof BuildRecord, string][]) {
    const absolute = resolve(dirname(buildFile), path)
    if (existsSync(absolute)) found[name] = absolute
  }
  return found
}

/**
 * The outputs of both builds, as absolute paths.
 * @throws {DistillError} `NOT_BUILT` when one of the two does not exist
 */
export function requireBuild(options: BuildFile): Required<BuildRecord> {
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
    // There is none, or a build was killed while it wrote it: the next builds write a new one.
    return {}
  }
}
