import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { DistillError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { writing } from './staging/write-failed.ts'

/** The output of the last client and server builds. */
export interface BuildRecord {
  /** Directory of the client build, or of `public/` for an app without a client. */
  client?: string
  /** File of the built server entry. */
  server?: string
  /** Directory of the server build: the entry may be in a folder of it. */
  serverDir?: string
}

type Part = 'client' | 'server'
const paths = ['client', 'server', 'serverDir'] as const

/** What Vite was told on its command line, or by plugins: the config alone may say something else. */
export interface BuildSettings {
  mode: string
  /** Absolute. */
  envDir: string | false
  /** As in {@link ResolvedOptions}. */
  base: string
}

/**
 * `<outDir>.build.json`: the two builds may be two commands, and `vite-distill render` builds neither. Paths in the
 * file are relative to it, so that `dist` can be moved as a whole.
 */
interface RecordFile extends BuildRecord, Partial<BuildSettings> {
  /** What was built since both were last distilled together. */
  undistilled?: Part[]
}

type BuildFile = Pick<ResolvedOptions, 'buildFile'>

/** Records the output of the client's build, or of the server's. */
export function recordBuild({ buildFile }: BuildFile, built: BuildRecord, settings: BuildSettings): void {
  const record = readRecord(buildFile)
  const relativePath = (to: string) => relative(dirname(buildFile), to).replaceAll('\\', '/')
  const { envDir } = settings
  const part: Part = built.server === undefined ? 'client' : 'server'
  for (const name of paths) {
    const path = built[name]
    if (path !== undefined) record[name] = relativePath(path)
  }
  write(buildFile, {
    ...record,
    ...settings,
    envDir: envDir === false ? false : relativePath(envDir),
    undistilled: [...new Set([...(record.undistilled ?? []), part])],
  })
}

/** What was built since both were last distilled together, by this process or by others. */
export const undistilled = ({ buildFile }: BuildFile): ReadonlySet<Part> =>
  new Set(readRecord(buildFile).undistilled)

/** Records that the last builds of both are distilled together. */
export function recordDistilled({ buildFile }: BuildFile): void {
  write(buildFile, { ...readRecord(buildFile), undistilled: undefined })
}

/** The outputs of both builds, as absolute paths, without one that does not exist. */
export function findBuild({ buildFile }: BuildFile): BuildRecord {
  const found: BuildRecord = {}
  const record = readRecord(buildFile)
  for (const name of paths) {
    const path = record[name]
    if (path === undefined) continue
    const absolute = resolve(dirname(buildFile), path)
    if (existsSync(absolute)) found[name] = absolute
  }
  return found
}

/** The settings of the last build. */
export function findSettings({ buildFile }: BuildFile): Partial<BuildSettings> {
  const { mode, envDir, base } = readRecord(buildFile)
  return { mode, envDir: typeof envDir === 'string' ? resolve(dirname(buildFile), envDir) : envDir, base }
}

/**
 * The outputs of both builds, as absolute paths.
 * @param hint What to do without them
 * @throws {DistillError} `NOT_BUILT` when one of the two does not exist
 */
export function requireBuild(options: BuildFile, hint = 'Run `vite build` first.'): Required<BuildRecord> {
  const { client, server, serverDir } = findBuild(options)
  if (client !== undefined && server !== undefined)
    return { client, server, serverDir: serverDir ?? dirname(server) }
  throw new DistillError(
    'NOT_BUILT',
    `the ${client === undefined ? 'client' : 'server'} has not been built`,
    { hint },
  )
}

function write(path: string, record: RecordFile): void {
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`)
  })
}

function readRecord(path: string): RecordFile {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RecordFile
  } catch {
    // There is none, or a build was killed while it wrote it: the next builds write a new one.
    return {}
  }
}
