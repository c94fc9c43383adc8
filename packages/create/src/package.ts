import { readFileSync } from 'node:fs'

/** This package's version, which is that of the vite-distill it was published with. */
export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
