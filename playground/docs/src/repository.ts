import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'

/** A file of the repository on disk, by its `/`-separated path. `vite.config.ts` sets the variable. */
const onDisk = (file: string): string => join(process.env.DOCS_REPOSITORY!, file)

/** The text of a file of the repository. */
export const read = (file: string): string => readFileSync(onDisk(file), 'utf8')

/** The repository on the web, from its `package.json`. */
export function web(): string {
  const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } }
  return repository.url.replace(/^git\+|\.git$/g, '')
}

/** What a path of the repository is, if it is there. */
export function kindOf(path: string): 'blob' | 'tree' | undefined {
  const found = statSync(onDisk(path), { throwIfNoEntry: false })
  return found && (found.isDirectory() ? 'tree' : 'blob')
}

/** All files below `docs/` with this ending, sorted. */
export const docsFiles = (ending: string): string[] =>
  readdirSync(onDisk('docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => `docs/${path.split(sep).join('/')}`)
    .sort()

/** A cache key: it changes when what it is made of does. */
export const keyOf = (...from: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(from)).digest('base64url')
