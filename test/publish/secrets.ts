import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Target } from '../../src/options.ts'

const known = new Set<string>()
/** What was printed or written since the last check: a name and the text. */
const seen: [where: string, text: () => string][] = []

/** From now on, nothing that is printed or written may contain a secret of these targets. */
export function keepSecret(targets: Record<string, Target>): void {
  for (const target of Object.values(targets)) {
    const { accessKeyId, secretAccessKey, sessionToken, credentials, connectionString, publicUrl } =
      target as unknown as Record<string, unknown>
    const { private_key } = (credentials ?? {}) as { private_key?: string }
    const [, accountKey] = /AccountKey=([^;]+)/.exec(String(connectionString ?? '')) ?? []
    const password = typeof publicUrl === 'string' ? new URL(publicUrl).password : ''
    // Every line of a private key is a secret.
    const lines = private_key?.split('\n').filter((line) => line.length > 40 && !line.includes('---')) ?? []
    for (const secret of [accessKeyId, secretAccessKey, sessionToken, accountKey, password, ...lines])
      if (typeof secret === 'string' && secret !== '') known.add(secret)
  }
}

/** From now on, nothing that is printed or written may contain this. */
export const keep = (secret: string): void => void known.add(secret)

/** Checks this text when the test has ended. */
export const lookAt = (where: string, text: () => string): void => void seen.push([where, text])

/** Checks every file below a folder when the test has ended, except the config, which has the secrets. */
export function lookBelow(folder: string): void {
  lookAt(folder, () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.config.mjs'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n'),
  )
}

/** Fails if something that was printed or written contains a secret. Returns how much was checked. */
export function expectNoSecret(): { texts: number; secrets: number } {
  const texts = seen.splice(0)
  for (const [where, text] of texts) {
    const content = text()
    for (const secret of known) expect(content.includes(secret), `${where} holds a secret`).toBe(false)
  }
  return { texts: texts.length, secrets: known.size }
}
