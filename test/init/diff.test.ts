import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it, onTestFinished } from 'vitest'
import { unifiedDiff } from '../../src/init/diff.ts'
import { applyEdits, type Change, newFile } from '../../src/init/edit.ts'

const numbered = Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join('')
const at = (text: string) => numbered.indexOf(text)

it('shows the lines that change, with three around them', () => {
  const edits = [
    { at: at('line 4\n'), until: at('line 5\n'), text: 'LINE 4\n' },
    { at: at('line 15\n'), text: 'new\n' },
  ]
  expect(unifiedDiff({ path: 'a.ts', before: numbered, edits }).join('\n')).toBe(`--- a/a.ts
+++ b/a.ts
@@ -2,7 +2,7 @@
 line 1
 line 2
 line 3
-line 4
+LINE 4
 line 5
 line 6
 line 7
@@ -13,6 +13,7 @@
 line 12
 line 13
 line 14
+new
 line 15
 line 16
 line 17`)
})

it('shows a new file whole', () => {
  expect(unifiedDiff(newFile('a.ts', 'one\n\ntwo\n'))).toEqual([
    '--- /dev/null',
    '+++ b/a.ts',
    '@@ -0,0 +1,3 @@',
    '+one',
    '+',
    '+two',
  ])
})

const changes: Record<string, Change> = {
  'at both ends': {
    path: 'a.txt',
    before: numbered,
    edits: [
      { at: 0, text: 'first\n' },
      { at: numbered.length, text: '\nlast\n' },
    ],
  },
  'twice in a line': {
    path: 'a.txt',
    before: numbered,
    edits: [
      { at: at('line 7'), text: 'the ' },
      { at: at(' 7\n'), text: ' of 20:' },
    ],
  },
  'close together': {
    path: 'a.txt',
    before: numbered,
    edits: [6, 7, 12].map((line) => ({ at: at(`line ${line}\n`), text: `before ${line}\n` })),
  },
  'over several lines': {
    path: 'a.txt',
    before: numbered,
    edits: [{ at: at('line 3'), until: at('line 9'), text: 'less\n' }],
  },
  'lines of Windows': {
    path: 'a.txt',
    before: 'a\r\nb\r\nc\r\n',
    edits: [{ at: 4, text: '!\r\nB' }],
  },
  'of an empty file': { path: 'a.txt', before: '', edits: [{ at: 0, text: 'a\n' }] },
  'a new file': newFile('a.txt', 'a\nb\n'),
}

it.each(Object.entries(changes))('git applies it: %s', async (_, change) => {
  const dir = mkdtempSync(join(tmpdir(), 'diff-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, change.path)
  if (change.before !== undefined) writeFileSync(file, change.before)
  const input = `${unifiedDiff(change).join('\n')}\n`
  await execa('git', ['apply', '--unidiff-zero', '-'], {
    cwd: dir,
    input,
    env: { GIT_CEILING_DIRECTORIES: tmpdir() },
  })
  expect(readFileSync(file, 'utf8')).toBe(applyEdits(change.before ?? '', change.edits))
})
