import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { newFile } from '../../src/init/edit.ts'
import { writeChanges } from '../../src/init/write-changes.ts'
import { failureOf } from './edited.ts'

/** A file that nothing can be moved to, as one that another program has open on Windows. */
const failing = vi.hoisted((): { path?: string | undefined } => ({}))
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  const renameSync: typeof fs.renameSync = (from, to) => {
    if (failing.path !== undefined && String(to).endsWith(failing.path))
      throw new Error('EPERM: not permitted')
    fs.renameSync(from, to)
  }
  return { ...fs, renameSync }
})

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'write-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'a.ts'), 'a\n')
})

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const change = { path: 'a.ts', before: 'a\n', edits: [{ at: 1, text: '!' }] }

it('writes all files, and leaves nothing else behind', () => {
  writeChanges(root, [change, newFile('b.ts', 'b\n')])
  expect(readdirSync(root).sort()).toEqual(['a.ts', 'b.ts'])
  expect([read('a.ts'), read('b.ts')]).toEqual(['a!\n', 'b\n'])
})

it('keeps the mode of a file, and a link', () => {
  chmodSync(join(root, 'a.ts'), 0o640)
  symlinkSync('a.ts', join(root, 'link.ts'))
  writeChanges(root, [{ ...change, path: 'link.ts' }])
  expect(lstatSync(join(root, 'link.ts')).isSymbolicLink()).toBe(true)
  expect(statSync(join(root, 'a.ts')).mode & 0o777).toBe(0o640)
  expect(read('a.ts')).toBe('a!\n')
})

it('writes nothing where a folder is missing', () => {
  expect(failureOf(() => writeChanges(root, [change, newFile('missing/b.ts', 'b\n')]))).toMatchObject({
    code: 'WRITE_FAILED',
    message: expect.stringContaining('nothing was changed: ENOENT'),
  })
  expect(readdirSync(root)).toEqual(['a.ts'])
  expect(read('a.ts')).toBe('a\n')
})

it('puts back what it wrote if a later file cannot be replaced', () => {
  failing.path = 'c.ts'
  onTestFinished(() => void (failing.path = undefined))
  const changes = [newFile('b.ts', 'b\n'), change, newFile('c.ts', 'c\n')]
  expect(failureOf(() => writeChanges(root, changes))).toMatchObject({
    code: 'WRITE_FAILED',
    message: expect.stringContaining('nothing was changed: EPERM'),
  })
  expect(readdirSync(root)).toEqual(['a.ts'])
  expect(read('a.ts')).toBe('a\n')
})

it('writes nothing if a file changed since it was read', () => {
  writeFileSync(join(root, 'a.ts'), 'mine\n')
  expect(failureOf(() => writeChanges(root, [newFile('b.ts', 'b\n'), change]))).toMatchObject({
    code: 'INIT_REFUSED',
    message: expect.stringContaining('`a.ts` changed meanwhile'),
  })
  expect(readdirSync(root)).toEqual(['a.ts'])
  expect(read('a.ts')).toBe('mine\n')
})
