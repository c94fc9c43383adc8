import { expect, it } from 'vitest'
import { linkExternal } from '../../src/vite/external-module.ts'

const id = 'virtual:distill/template'
const link = (code: string, chunk = 'entry.js') => linkExternal(code, chunk, id, '__file.js')

it.each([
  ['an import', `import a from "${id}";`, 'import a from "./__file.js";'],
  ['an import for its effect', `import '${id}'`, 'import "./__file.js"'],
  [
    'an export',
    `export * from '${id}'; export { a } from '${id}'`,
    'export * from "./__file.js"; export { a } from "./__file.js"',
  ],
  [
    'a dynamic import',
    `const a = async () => (await import('${id}')).default`,
    'const a = async () => (await import("./__file.js")).default',
  ],
  ['a dynamic import in backticks', `import(\`${id}\`).then(run)`, 'import("./__file.js").then(run)'],
  ['a CommonJS bundle', `const a = __toESM(require("${id}"))`, 'const a = __toESM(require("./__file.js"))'],
])('%s is linked', (_, code, linked) => {
  expect(link(code)).toBe(linked)
})

it('is relative to the folder of the chunk', () => {
  expect(link(`import a from "${id}"`, 'assets/deep/page.js')).toBe('import a from "../../__file.js"')
})

it('leaves strings, comments and keys that equal the id as they are', () => {
  const own = `/* "${id}" 🎈é */ const shown = "${id}", map = { '${id}': \`${id}\` }; log('${id}', require);`
  expect(link(`${own}import a from '${id}'; ${own.replace(/shown/, 'b').replace('map', 'c')}`)).toBe(
    `${own}import a from "./__file.js"; ${own.replace(/shown/, 'b').replace('map', 'c')}`,
  )
  expect(link(own)).toBeUndefined()
})
