import { expect, it } from 'vitest'
import { packageName } from '../../packages/create/src/package-name.ts'

it.each([
  ['my-site', 'my-site'],
  ['My Site', 'my-site'],
  ['apps/Blog', 'blog'],
  ['.hidden', 'hidden'],
  ['_draft_', 'draft'],
  ['Café Zürich', 'cafe-zurich'],
  ['a@b/../c!', 'c'],
  ['2026', '2026'],
  ['x'.repeat(300), 'x'.repeat(214)],
])('%s is the package %s', (folder, name) => {
  expect(packageName(folder)).toBe(name)
})

it.each(['…', '日本', '---', 'node_modules'])('%s is refused', (folder) => {
  expect(() => packageName(folder)).toThrow('cannot be the name of a package')
})
