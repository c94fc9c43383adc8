import { existsSync, readdirSync, statSync } from 'node:fs'
import { UsageError } from './errors.ts'

/** What a new folder may have already, as one that was just made on GitHub. */
const harmless = new Set(['.git', '.DS_Store'])

/** @throws {UsageError} if a site in this folder could overwrite something */
export function refuseOccupied(folder: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) throw new UsageError(`\`${folder}\` is a file`, 'Give another name.')
  const [first] = readdirSync(folder).filter((name) => !harmless.has(name))
  if (first !== undefined) {
    throw new UsageError(
      `\`${folder}\` is not empty: it has \`${first}\``,
      'Give another name, or add vite-distill to the app that is there: `npx vite-distill init`.',
    )
  }
}
