import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { refused } from './refused.ts'

/** Reads files of an app, by their paths from its root. */
export interface AppFiles {
  root: string
  /** Undefined if there is none. */
  read(path: string): string | undefined
  /** The path from the root, `/`-separated. */
  pathOf(absolute: string): string
}

export function appFiles(root: string): AppFiles {
  return {
    root,
    read(path) {
      const file = resolve(root, path)
      if (!existsSync(file) || !statSync(file).isFile()) return undefined
      const bytes = readFileSync(file)
      const text = bytes.toString('utf8')
      if (Buffer.from(text).equals(bytes)) return text
      throw refused(`\`${path}\` is not in UTF-8`, 'Save it in UTF-8, and run this again.')
    },
    pathOf: (absolute) => relative(root, absolute).split(sep).join('/'),
  }
}

/** The names that Vite tries, in its order. */
const configNames = ['js', 'mjs', 'ts', 'cjs', 'mts', 'cts'].map((extension) => `vite.config.${extension}`)

/** The Vite config of an app, from its root; undefined if there is none. */
export const findConfig = (root: string): string | undefined =>
  configNames.find((name) => existsSync(join(root, name)))
