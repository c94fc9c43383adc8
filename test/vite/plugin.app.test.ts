import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type App, cleanEnv, createApp, repository, serverEntry, viteConfig } from '../app.ts'

const home = (text: string) => serverEntry(`'/': { distill: true, default: () => page('${text}') },`)

/** Runs a script of Vite's JavaScript API in the app's folder. */
async function script(app: App, code: string): Promise<string> {
  await app.write({ 'build.mjs': code })
  const { all } = await execa(process.execPath, ['build.mjs'], {
    cwd: app.dir,
    all: true,
    extendEnv: false,
    env: cleanEnv(),
  })
  return all
}

const distilled = (output: string) => output.match(/✓ distilled/g)?.length ?? 0

/** That the site is whole: the page has the tags of the client that was built last. */
async function expectSite(app: App, text = 'home'): Promise<void> {
  const home = await app.read('dist/static/index.html')
  expect(home).toContain(text)
  const script = /src="\/(assets\/[^"]+\.js)"/.exec(home)![1]!
  expect(await app.files('dist/static')).toContain(script)
}

describe('a build', () => {
  it('by createBuilder', async () => {
    const app = await createApp({ 'src/entry-server.ts': home('home') })
    const output = await script(
      app,
      "import { createBuilder } from 'vite'\nawait (await createBuilder()).buildApp()",
    )
    expect(distilled(output)).toBe(1)
    await expectSite(app)
  })

  const client = "await build({ build: { outDir: 'dist/client' } })"
  const server = "await build({ build: { ssr: 'src/entry-server.ts', outDir: 'dist/server' } })"
  it.each([
    ['client then server', [client, server]],
    ['server then client', [server, client]],
  ])('by two calls of vite.build, %s', async (_, calls) => {
    const app = await createApp({ 'src/entry-server.ts': home('home') })
    const code = ["import { build } from 'vite'", ...calls].join('\n')
    expect(distilled(await script(app, code))).toBe(1)
    await expectSite(app)
    // And again, where the first build's output is there.
    await app.write({ 'src/entry-server.ts': home('changed'), 'src/style.css': 'body { color: plum }' })
    await script(app, code)
    await expectSite(app, 'changed')
  })

  it('by the two commands in the other order', async () => {
    const app = await createApp({ 'src/entry-server.ts': home('home') })
    expect(await app.build('--ssr', 'src/entry-server.ts', '--outDir', 'dist/server')).toContain(
      'once the client is built, too',
    )
    await app.build('--outDir', 'dist/client')
    await expectSite(app)
  })

  it('anew in watch mode, which a failing build does not end', async () => {
    const app = await createApp({ 'src/entry-server.ts': home('first') })
    const child = spawn(
      process.execPath,
      [join(repository, 'node_modules/vite/bin/vite.js'), 'build', '--watch'],
      { cwd: app.dir, env: cleanEnv() },
    )
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)))
    const says = (words: string) => expect.poll(() => output, { timeout: 20_000 }).toContain(words)
    await says('1 page')
    await expectSite(app, 'first')

    output = ''
    await app.write({ 'src/entry-server.ts': home('second') })
    await says('1 changed')
    await expectSite(app, 'second')

    output = ''
    await app.write({
      'src/entry-server.ts': serverEntry(
        "'/': { distill: true, default: () => { throw new Error('broken') } },",
      ),
    })
    await says('broken')
    await expectSite(app, 'second')
    await app.write({ 'src/entry-server.ts': 'export default {' })
    await says('Build failed with 1 error')

    output = ''
    await app.write({ 'src/entry-server.ts': home('third') })
    await says('1 changed')
    await expectSite(app, 'third')
  })

  it('with its own root, public folder and output folder', async () => {
    const app = await createApp({
      'app/index.html':
        '<!doctype html><title>Inner</title><!--app--><script type="module" src="/main.ts"></script>',
      'app/main.ts': 'export {}',
      'app/files/robots.txt': 'x',
      'app/src/entry-server.ts': home('inner'),
      'vite.config.ts': viteConfig(
        "{ outDir: 'build/site' }",
        "root: 'app', publicDir: 'files', build: { outDir: 'build' }",
      ),
    })
    await app.build()
    expect(await app.files('app/build')).toEqual(
      expect.arrayContaining([
        'client/index.html',
        'server/entry-server.js',
        'site/index.html',
        'site/robots.txt',
      ]),
    )
  })

  it('with several inputs of the client', async () => {
    const app = await createApp({
      'src/entry-server.ts': home('home'),
      'other.html':
        '<!doctype html><title>Other</title><script type="module" src="/src/entry-client.ts"></script>',
      'vite.config.ts': viteConfig(
        '{}',
        "environments: { client: { build: { rolldownOptions: { input: ['index.html', 'other.html'] } } } }",
      ),
    })
    await app.build()
    await expectSite(app)
    expect(await app.read('dist/static/other.html')).toContain('<title>Other</title>')
  })

  it('renders again with the mode, the base and the folders of its command line', async () => {
    const app = await createApp({
      'src/entry-server.ts': home("' + process.env.WHERE + ' ' + import.meta.env.BASE_URL + '"),
      'env/.env': 'WHERE=live',
      'env/.env.staging': 'WHERE=staging',
      'vite.config.ts': `import distill from 'vite-distill'
export default ({ mode }) => ({ envDir: 'env', plugins: [distill({ siteId: mode })] })`,
    })
    expect(await app.build('--mode', 'staging', '--base', '/é/', '--outDir', 'build')).toContain(
      'find the site with `--outDir build`',
    )
    expect(await app.files('dist')).toEqual([])
    const site = async () => [
      (await app.read('build/static.manifest.jsonl')).replace(/"createdAt":"[^"]+"/, ''),
      await app.read('build/static/index.html'),
    ]
    const first = await site()
    expect(first).toEqual([
      expect.stringMatching(/"siteId":"staging","base":"\/%C3%A9\/"/),
      expect.stringContaining('staging /%C3%A9/'),
    ])
    expect(await app.distill('render', '--outDir', 'build')).toMatchObject({ exitCode: 0 })
    expect(await site()).toEqual(first)
    expect(await app.distill('render', '--outDir', 'build', '--mode', 'production')).toMatchObject({
      exitCode: 0,
    })
    expect(await app.read('build/static/index.html')).toContain('live')
  })

  it('warns where pages in folders name assets by a relative base', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig("{ links: 'warn' }", "base: './'"),
      'src/entry-server.ts': serverEntry(`'/': { distill: true, default: () => page('home') },
        '/about': { distill: true, default: () => page('about') },`),
    })
    expect(await app.build()).toMatch(/`base` is relative, and `about\/index\.html` names `\.\/assets\/\S+`/)
    await app.write({ 'src/entry-server.ts': home('home') })
    expect(await app.build()).not.toContain('`base` is relative')
  })

  it('refuses a second `distill()`', async () => {
    const app = await createApp({
      'vite.config.ts': viteConfig('').replace('plugins: [', "plugins: [distill({ outDir: 'dist/other' }), "),
    })
    const { exitCode, output } = await app.vite('build')
    expect([exitCode, output]).toEqual([1, expect.stringContaining('has the plugin `vite-distill` 2 times')])
  })

  it('of a server alone needs a client, and says so', async () => {
    const app = await createApp()
    await app.build('--ssr', 'src/entry-server.ts', '--outDir', 'dist/server')
    expect(await app.distill('render')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('the client has not been built'),
    })
    await rm(join(app.dir, 'dist'), { recursive: true })
    expect(await app.distill('urls')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('has not been built'),
    })
  })
})

describe('vite preview', () => {
  it('says that nothing was built', async () => {
    const app = await createApp()
    const { exitCode, output } = await app.vite('preview', '--port', '0')
    expect(output).toContain('there is no site in `dist/static` to preview')
    expect(output).toContain('Run `vite build` first.')
    expect(exitCode).toBe(1)
  })
})
