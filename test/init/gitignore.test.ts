import { expect, it } from 'vitest'
import { applyEdits } from '../../src/init/edit.ts'
import { ignoreBuild } from '../../src/init/gitignore.ts'

const ignored = (text: string, outDir = 'dist') => applyEdits(text, ignoreBuild(text, outDir).edits)

it.each([
  ['', 'dist\n'],
  ['node_modules\n', 'node_modules\ndist\n'],
  ['node_modules', 'node_modules\ndist\n'],
  ['node_modules\r\n', 'node_modules\r\ndist\r\n'],
  ['# dist\n!dist\n', '# dist\n!dist\ndist\n'],
  ['dist-ssr\n', 'dist-ssr\ndist\n'],
])('%j gets the folder of the build', (before, after) => {
  expect(ignored(before)).toBe(after)
})

it.each(['dist\n', '/dist\n', 'dist/\n', '/dist/\n', 'dist/*\n', 'dist/**', '**/dist\r\n', 'a\n  dist  \n'])(
  '%j has it',
  (text) => {
    expect(ignored(text)).toBe(text)
  },
)

it('the folder is that of the config', () => {
  expect(ignored('dist\n', './build/')).toBe('dist\nbuild\n')
})
