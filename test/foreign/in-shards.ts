import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ForeignApp } from './foreign-app.ts'

/** The hash of each file of a site, and its manifest without the time. */
async function siteOf({ root }: ForeignApp): Promise<Record<string, string>> {
  const dist = join(root, 'dist')
  const manifest = await readFile(join(dist, 'static.manifest.jsonl'), 'utf8')
  const site: Record<string, string> = { manifest: manifest.replace(/"createdAt":"[^"]+"/, '') }
  for (const entry of await readdir(join(dist, 'static'), { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name)
    site[path] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  }
  return site
}

/**
 * Makes the site that is there again, in two shards and of nothing that is in it. Both are the same, byte for byte.
 * @param plan Flags of `plan`: `--no-build` if a second bundle differs from the first
 */
export async function expectSameInShards(app: ForeignApp, ...plan: string[]): Promise<void> {
  const single = await siteOf(app)
  const commands = [
    ['plan', '--force', ...plan],
    ['render', '--shard', '1/2'],
    ['render', '--shard', '2/2'],
    ['merge'],
  ]
  for (const args of commands) {
    const { exitCode, stderr } = await app.run('vite-distill', args)
    expect(exitCode, `${args.join(' ')}: ${stderr}`).toBe(0)
  }
  expect(await siteOf(app)).toEqual(single)
}
