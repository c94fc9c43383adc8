import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compareKeys } from '../src/keys.ts'
import { readManifest } from '../src/manifest.ts'
import { findFiles } from '../src/manifest-lookup.ts'

const folder = mkdtempSync(join(tmpdir(), 'manifest-'))
afterAll(() => rmSync(folder, { recursive: true }))

const header = {
  version: 1,
  siteId: 'test',
  base: '/',
  createdAt: '2031-05-06T07:08:09.000Z',
  counts: { pages: 0, assets: 0, redirects: 0, bytes: 0 },
}

function write(...lines: unknown[]): string {
  const path = join(folder, 'static.manifest.jsonl')
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
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
  ['it has no `counts`', { ...header, counts: { pages: 1 } }],
  ['it has no `base`', { ...header, base: undefined }],
  ['it has no `createdAt`', { ...header, createdAt: 'yesterday' }],
  ['it has no valid `remote`', { ...header, remote: null }],
  ['it has no valid `remote`', { ...header, remote: { target: 'www', pages: 1 } }],
])('a header is refused because %s (%$)', async (why, first) => {
  const path = write(first)
  await expect(readManifest(path)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: `cannot read the manifest \`${path}\`: ${why}`,
  })
})

const page = {
  key: 'a.html',
  url: '/a.html',
  kind: 'page',
  size: 5,
  md5: '5d41402abc4b2a76b9719d911017c592',
  sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  status: 200,
  headers: { 'content-type': 'text/html' },
}
const redirect = { ...page, kind: 'redirect', redirect: { to: '/b/', status: 301 } }

const filesOf = async (...lines: unknown[]) => {
  const counts = { ...header.counts, pages: lines.length }
  const found = []
  for await (const file of (await readManifest(write({ ...header, counts }, ...lines))).files())
    found.push(file)
  return found
}

test('the lines of a manifest are read', async () => {
  const asset = { ...page, key: 'b.js', kind: 'asset', hashed: true, status: undefined }
  const emitted = { ...asset, key: 'd.xml', hashed: undefined, emitted: true }
  const lines = [page, asset, { ...redirect, key: 'c.html' }, emitted]
  expect(await filesOf(...lines)).toEqual(lines)
})

test('files are found by their keys', async () => {
  const long = 'x'.repeat(10_000)
  const keys = ['a', 'é', '\u{e000}', '\u{1f600}', ...Array.from({ length: 60 }, (_, i) => `posts/${i}`)]
  const lines = keys
    .sort(compareKeys)
    .map((key, i) => ({ ...page, key, headers: i % 7 === 0 ? { long } : page.headers }))
  for (const count of [0, 1, 2, 3, lines.length]) {
    const path = write(header, ...lines.slice(0, count))
    const found = await findFiles(path, path, [...keys, 'missing', 'posts/', '\u{ffff}'])
    expect([...found.values()]).toEqual(lines.slice(0, count))
  }
})

test.each<[why: string, line: unknown]>([
  ['line 2 is not an object', null],
  ['line 2 is not an object', 'a.html'],
  ['line 2 is not an object', [page]],
  ['line 2 has no valid `key`', { ...page, key: undefined }],
  ['line 2 has no valid `url`', { ...page, url: undefined }],
  ['line 2 has no valid `url`', { ...page, url: 5 }],
  ['line 2 has no valid `url`', { ...page, url: '' }],
  ['line 2 has no valid `kind`', { ...page, kind: undefined }],
  ['line 2 has no valid `kind`', { ...page, kind: 'hashed' }],
  ['line 2 has no valid `size`', { ...page, size: '5' }],
  ['line 2 has no valid `size`', { ...page, size: -1 }],
  ['line 2 has no valid `size`', { ...page, size: 1.5 }],
  ['line 2 has no valid `md5`', { ...page, md5: undefined }],
  ['line 2 has no valid `md5`', { ...page, md5: 'abc' }],
  ['line 2 has no valid `sha256`', { ...page, sha256: page.md5 }],
  ['line 2 has no valid `headers`', { ...page, headers: undefined }],
  ['line 2 has no valid `headers`', { ...page, headers: null }],
  ['line 2 has no valid `headers`', { ...page, headers: { 'content-type': 5 } }],
  ['line 2 has no valid `redirect`', { ...redirect, redirect: undefined }],
  ['line 2 has no valid `status`', { ...page, status: 'ok' }],
  ['line 2 has no valid `redirect`', { ...redirect, redirect: '/b/' }],
  ['line 2 has no valid `redirect`', { ...redirect, redirect: { to: '//[', status: 301 } }],
  ['line 2 has no valid `redirect`', { ...redirect, redirect: { status: 301 } }],
  ['line 2 has no valid `redirect`', { ...page, redirect: { to: 5 } }],
  ['line 2 has no valid `emitted`', { ...page, kind: 'asset', emitted: 1 }],
  ['line 2 has no valid `emitted`', { ...page, emitted: true }],
  ['line 2 has no valid `remote`', { ...page, remote: 'www' }],
  ['line 2 has no valid `remote`', { ...page, kind: 'asset', remote: true }],
  ['`a.html` is `remote`, and nothing says where', { ...page, remote: true }],
])('a line is refused because %s (%$)', async (why, line) => {
  const path = join(folder, 'static.manifest.jsonl')
  await expect(filesOf(line)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: `cannot read the manifest \`${path}\`: ${why}`,
  })
})
