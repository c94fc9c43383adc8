import { expect, it } from 'vitest'
import { applyEdits } from '../../src/init/edit.ts'
import { addDevDependency } from '../../src/init/package-json.ts'
import { failureOf } from './edited.ts'

const added = (text: string) => {
  const { edits } = addDevDependency(text, 'vite-distill', '^1.2.3')
  return applyEdits(text, edits)
}

it.each([
  [
    'between others',
    '{\n  "devDependencies": {\n    "vite": "^8.0.0",\n    "vue-tsc": "^3.0.0"\n  }\n}\n',
    '{\n  "devDependencies": {\n    "vite": "^8.0.0",\n    "vite-distill": "^1.2.3",\n    "vue-tsc": "^3.0.0"\n  }\n}\n',
  ],
  [
    'first, with tabs, and what follows stays',
    '{\n\t"devDependencies": {\n\t\t"vue-tsc": "^3.0.0"\n\t},\n\t"files": ["a", "b"]\n}',
    '{\n\t"devDependencies": {\n\t\t"vite-distill": "^1.2.3",\n\t\t"vue-tsc": "^3.0.0"\n\t},\n\t"files": ["a", "b"]\n}',
  ],
  [
    'last, with the line ends of Windows and a BOM',
    '\uFEFF{\r\n  "devDependencies": {\r\n    "vite": "^8.0.0"\r\n  }\r\n}\r\n',
    '\uFEFF{\r\n  "devDependencies": {\r\n    "vite": "^8.0.0",\r\n    "vite-distill": "^1.2.3"\r\n  }\r\n}\r\n',
  ],
  [
    'where there are none',
    '{\n  "name": "a"\n}\n',
    '{\n  "name": "a",\n  "devDependencies": {\n    "vite-distill": "^1.2.3"\n  }\n}\n',
  ],
  [
    'where the list is empty',
    '{\n  "devDependencies": {},\n  "name": "a"\n}\n',
    '{\n  "devDependencies": {\n    "vite-distill": "^1.2.3"\n  },\n  "name": "a"\n}\n',
  ],
  [
    'on one line',
    '{ "devDependencies": { "vite": "8" } }',
    '{ "devDependencies": { "vite": "8", "vite-distill": "^1.2.3" } }',
  ],
  ['in an empty object', '{}', '{\n  "devDependencies": {\n    "vite-distill": "^1.2.3"\n  }\n}'],
])('it is added %s', (_, before, after) => {
  expect(added(before)).toBe(after)
  expect(JSON.parse(after.replace('\uFEFF', ''))).toMatchObject({
    devDependencies: { 'vite-distill': '^1.2.3' },
  })
  expect(added(after)).toBe(after)
})

it('stays as it is among the dependencies', () => {
  const text = '{ "dependencies": { "vite-distill": "0.9.0" } }'
  expect(added(text)).toBe(text)
})

it.each(['', '{', '[', 'null', '"text"', '{ "a": 1, }', '{ // no\n }'])('%j is refused', (text) => {
  expect(failureOf(() => added(text))).toMatchObject({
    code: 'INIT_REFUSED',
    message: expect.stringContaining('`package.json` is no JSON object'),
  })
})
