import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { loadEnv } from 'vite'

/** The app's `process.env`: Vite's `.env` files, overridden by the real environment, with `NODE_ENV=production`. */
export const appEnv = (mode: string, envDir: string | false): NodeJS.ProcessEnv => ({
  ...(envDir === false ? process.env : loadEnv(mode, envDir, '')),
  NODE_ENV: 'production',
})

/** The variables that Vite's `.env` files of a mode name. */
export const envNames = (mode: string, envDir: string | false): string[] =>
  envDir === false
    ? []
    : ['.env', '.env.local', `.env.${mode}`, `.env.${mode}.local`].flatMap((name) =>
        namesIn(join(envDir, name)),
      )

function namesIn(path: string): string[] {
  const type = statSync(path, { throwIfNoEntry: false })
  return type?.isFile() || type?.isFIFO() ? Object.keys(parseEnv(readFileSync(path, 'utf8'))) : []
}
