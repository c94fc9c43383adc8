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
