import { basename } from 'node:path'
import { UsageError } from './errors.ts'

/**
 * The name in package.json of an app in this folder: what npm allows of the folder's name.
 * @throws {UsageError} if it allows nothing of it
 */
export function packageName(folder: string): string {
  const name = basename(folder)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
    .slice(0, 214)
  if (name !== '' && name !== 'node_modules') return name
  throw new UsageError(
    `\`${basename(folder)}\` cannot be the name of a package`,
    'Use letters of the Latin alphabet or digits, such as `my-site`.',
  )
}
