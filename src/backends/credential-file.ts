import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The longest path of a file on Linux, in bytes. */
const longestPath = 4096

/**
 * Reads a file with credentials. Where it cannot be read, `problem` says why and never repeats the path: that may be
 * the content itself, with its secret.
 * @param root what a relative path is relative to
 */
export function readCredentialFile(path: string, root = '.'): { text: string } | { problem: string } {
  if (/^\s*\{|^-----|^eyJ|[\r\n]/.test(path) || path.length > longestPath)
    return { problem: 'holds the content of a file instead of its path' }
  try {
    return { text: readFileSync(resolve(root, path), 'utf8') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    return { problem: `names a file that ${why}` }
  }
}

/** What is wrong with the first of these environment variables that is set and does not hold the path of a file. */
export function wrongPathVariable(names: readonly string[]): string | undefined {
  for (const name of names) {
    const path = process.env[name]
    const file = path && readCredentialFile(path)
    if (file && 'problem' in file) return `\`${name}\` ${file.problem}`
  }
  return undefined
}

const fileCodes = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG'])

/** Whether an error is that of a file that could not be read, and not of a connection. Its message names the path. */
export const isFileError = ({ code = '', syscall = '' }: NodeJS.ErrnoException): boolean =>
  fileCodes.has(code) && /^(open|read|l?stat|realpath)$/.test(syscall)
