import { expect, test } from 'vitest'
import { deletePhases, uploadPhases } from '../../../src/publish/plan/phases.ts'
import type { FileKind } from '../../../src/publish/site/site.ts'
import { file, record } from '../samples.ts'

test('a file is uploaded after the files that it names, and deleted before them', () => {
  const kinds: [string, FileKind][] = [
    ['index.html', 'page'],
    ['a.html', 'page'],
    ['old.html', 'redirect'],
    ['app-12345678.js', 'hashed'],
    ['logo.png', 'asset'],
  ]
  const uploads = kinds.map(
    ([key, kind]) => ({ key, action: 'upload', reason: 'new', file: file(key, { kind }) }) as const,
  )
  expect(uploadPhases(uploads).map(({ uploads }) => uploads.map(({ key }) => key))).toEqual([
    ['app-12345678.js'],
    ['logo.png'],
    ['a.html'],
    ['index.html'],
    ['old.html'],
  ])
  const deletes = kinds.map(
    ([key, kind]) =>
      ({ key, action: 'delete', reason: 'orphan', kind, etag: 'e1', record: record(key, { kind }) }) as const,
  )
  const phases = deletePhases(deletes)
  expect(phases.flat().every(({ etag }) => etag === 'e1')).toBe(true)
  expect(phases.map((orphans) => orphans.map(({ key }) => key))).toEqual([
    ['old.html'],
    ['index.html', 'a.html'],
    ['logo.png'],
    ['app-12345678.js'],
  ])
})
