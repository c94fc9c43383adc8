import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createApp, viteConfig } from '../app.ts'

const id = 'virtual:distill/template'

it.each(['false', 'true'])(
  'only imports of the template are linked, in every folder of the bundle; minify: %s',
  async (minify) => {
    const app = await createApp({
      'src/show.ts': `import template from '${id}'
export const show = async () => {
  const { default: again } = await import('${id}')
  return JSON.stringify(['${id}', "${id}", \`${id}\`, template === again, template.includes('/assets/')])
}
export const fail = () => { throw new Error('mapped') }`,
      'src/entry-server.ts': `const load = () => import('./show.ts')
export default async ({ url }) => {
  const { fail, show } = await load()
  if (process.env.FAIL) fail()
  return new Response(await show())
}
export const distillRoutes = [{ route: '/shown.json' }]`,
      'vite.config.ts': viteConfig('{}', `environments: { ssr: { build: { minify: ${minify} } } }`),
    })
    await app.build()
    expect(JSON.parse(await app.read('dist/static/shown.json'))).toEqual([id, id, id, true, true])
    expect((await app.files('dist/server')).filter((file) => /show.*\.js$/.test(file))).toEqual([
      expect.stringMatching(/^assets\/show-.*\.js$/),
    ])

    app.env.FAIL = '1'
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/mapped\n {4}at fail \(src\/show\.ts:6:3[59]\)/),
    })
  },
)

const entry = `import template from '${id}'
import { cdnStatic } from 'vite-distill/cdn'
export default () => new Response(template + cdnStatic('/a.png'), { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [{ route: '/' }]`

it.each([
  ['"type": "commonjs", as by `npm init -y`', ', "type": "commonjs"', 'format: "es"', 'entry-server.mjs'],
  ['no "type"', '', 'format: "es"', 'entry-server.mjs'],
  ['a CommonJS bundle', ', "type": "commonjs"', 'format: "cjs"', 'entry-server.js'],
  [
    'a CommonJS bundle in a package of ES modules',
    ', "type": "module"',
    'format: "cjs", entryFileNames: "[name].cjs", chunkFileNames: "[name].cjs"',
    'entry-server.cjs',
  ],
  [
    'an entry in a folder of the bundle',
    ', "type": "module"',
    'format: "es", entryFileNames: "deep/[name].js"',
    'deep/entry-server.js',
  ],
])('the files beside the bundle are read as ES modules: %s', async (_, type, output, file) => {
  const app = await createApp({
    'package.json': `{ "name": "fixture", "private": true${type} }`,
    'src/entry-server.ts': entry,
    'vite.config.mjs': viteConfig(
      "{ cdn: { tag: () => 'tagged' } }",
      `environments: { ssr: { build: { rolldownOptions: { output: { ${output} } } } } }`,
    ),
  })
  await rm(join(app.dir, 'vite.config.ts'))
  await app.build()
  expect(await app.files('dist/server')).toContain(file)
  expect(await app.read('dist/static/index.html')).toMatch(/src="\/assets\/[^]*\/a\.png\?tag=tagged$/)
})

it('an error of a file that cannot be parsed names the file', async () => {
  const app = await createApp({ 'src/entry-server.ts': entry })
  await app.build()
  await app.write({ 'dist/server/__distill_template.mjs': 'export default {' })
  expect((await app.distill('render')).stderr).toMatch(
    /threw while it was loaded: .* \(in `.*\/dist\/server\/entry-server\.js`\)/,
  )
  await app.write({ 'dist/server/__distill_template.mjs': 'export const other = 1' })
  expect((await app.distill('render')).stderr).toMatch(
    /does not provide an export named 'default' \(in `.*\/dist\/server\/entry-server\.js:\d+`\)/,
  )
})
