import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readManifest } from '../src/manifest.ts'

const folder = mkdtempSync(join(tmpdir(), 'manifest-'))
afterAll(() => rmSync(folder, { recursive: true }))

const header = { version: 1, siteId: 'test', counts: { pages: 0, assets: 0, redirects: 0, bytes: 0 } }

function write(first: unknown): string {
  const path = join(folder, 'static.manifest.jsonl')
  writeFileSync(path, `${JSON.stringify(first)}\n`)
  return path
}

test('the header of a manifest is read', async () => {
  expect(await readManifest(write(header))).toMatchObject({ header })
})

test.each<[why: string, header: unknown]>([
  ['its version is 2 and this vite-distill reads version 1', { ...header, version: 2 }],
  ['its version is undefined and this vite-distill reads version 1', null],
  ['it has no `siteId`', { ...header, siteId: 5 }],
  ['it has no `siteId`', { ...header, siteId: '' }],
  ['it has no `counts`', { ...header, counts: undefined }],
  ['it has no `counts`', { ...header, counts: null }],
])('a header is refused because %s: %j', async (why, first) => {
  const path = write(first)
  await expect(readManifest(path)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: `cannot read the manifest \`${path}\`: ${why}`,
  })
})
