import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp, repository, serverEntry, viteConfig } from '../../app.ts'

const routes = (version: number) =>
  serverEntry(
    `'/': { distill: true, default: () => page('home ${version}') },
    '/posts/:n': { distillParams: () => Array.from({ length: 40 }, (_, i) => i), default: (e) => page(e.context.params.n + ' ${version}') },`,
  )
const files = (version: number) => ({
  'src/entry-server.ts': routes(version),
  'src/entry-client.ts': `import './style.css'\nconsole.log(${version})\n`,
})

/**
 * A target whose twentieth upload waits for a command, if the environment names one. Vite must not bundle the backend
 * into the config: its errors have to be instances of the command's own class.
 */
const backend = `async () => {
  const { execSync } = await import('node:child_process')
  const { directoryBackend } = await import(String('${pathToFileURL(join(repository, 'dist/backends/directory.js')).href}'))
  const inner = directoryBackend({ path: 'www' }, import.meta.dirname)
  let uploads = 0
  return { ...inner, put(key, ...rest) {
    if (!key.startsWith('.vite-distill/') && ++uploads === 20 && process.env.AT_UPLOAD)
      execSync(process.env.AT_UPLOAD, { stdio: 'ignore' })
    return inner.put(key, ...rest)
  } }
}`

test('a `vite build` during a publish changes nothing of what is published', async () => {
  const app = await createApp({
    'vite.config.ts': viteConfig(`{ publish: { default: { backend: ${backend}, keepAssets: false } } }`),
    ...files(1),
  })
  const site = async (folder: string) => {
    const paths = (await app.files(folder)).filter((path) => !path.startsWith('.vite-distill/'))
    return Object.fromEntries(
      await Promise.all(paths.map(async (path) => [path, await app.read(join(folder, path))] as const)),
    )
  }
  await app.build()
  const first = await site('dist/static')
  // The build of another version, while the publish runs.
  await app.write(files(2))
  app.env.AT_UPLOAD = `"${process.execPath}" "${join(repository, 'node_modules/vite/bin/vite.js')}" build`
  const published = await app.distill('publish', '--concurrency', '1')
  expect(published, published.stderr).toMatchObject({ exitCode: 0 })
  const second = await site('dist/static')
  expect(second['posts/7/index.html']).toContain('7 2')
  expect(first['posts/7/index.html']).toContain('7 1')
  expect(await site('www')).toEqual(first)

  app.env = {}
  expect(await app.distill('publish', '--yes', '--concurrency', '1')).toMatchObject({ exitCode: 0 })
  expect(await site('www')).toEqual(second)
  expect((await app.files('dist')).filter((path) => path.includes('publishing'))).toEqual([])
})
