import { readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPage } from '../../src/report/page.ts'
import { type App, cleanEnv, createApp, repository, serverEntry } from '../app.ts'

const cli = join(repository, 'dist/cli/index.js')

/** The pages that the variable `FAIL` names in a pattern throw. */
const entry = serverEntry(
  `'/': { distill: true, default: () => page('home in mode ' + import.meta.env.MODE) },
  '/p/:id': {
    distillParams: () => process.env.MANY ? Array.from({ length: 5000 }, (_, i) => i) : [...'abcdefghijkl'],
    default: ({ context: { params: { id } } }) => {
      console.log('the app prints')
      if (process.env.FAIL && new RegExp(process.env.FAIL).test(id)) throw new Error('no page ' + id)
      return page('the page ' + id)
    },
  },`,
)

/** A config that prints, with another plugin whose \`buildApp\` is given. */
const config = (buildApp: string, more = '') => `import distill from 'vite-distill'
console.log('the config prints')
const other = {
  name: 'other',
  buildStart() { console.log('a plugin prints') },
  ${buildApp}
}
export default { plugins: [other, distill({ links: false })], ${more} }
`

/** All files of a folder, without source maps: they differ from build to build. */
async function content(app: App, folder: string): Promise<Record<string, string>> {
  const files = (await app.files(folder)).filter((file) => !file.endsWith('.map'))
  const texts = files.map((file) => readFile(join(app.dir, folder, file), 'latin1'))
  return Object.fromEntries((await Promise.all(texts)).map((text, i) => [files[i]!, text]))
}

/** The bundles, by folder. */
const bundlesOf = async (app: App, dist = 'dist') => ({
  client: await content(app, `${dist}/client`),
  server: await content(app, `${dist}/server`),
})

/** The site and its manifest, without the time. */
const siteOf = async (app: App, dist = 'dist') => ({
  files: await content(app, `${dist}/static`),
  manifest: (await app.read(`${dist}/static.manifest.jsonl`)).replace(/"createdAt":"[^"]+"/, ''),
})

/** What is beside the site, without the report, which each build and each merge writes. */
const beside = async (app: App, dist = 'dist') =>
  (await readdir(join(app.dir, dist)))
    .filter((name) => !/^(client|server|static\.report\.html)$/.test(name))
    .sort()

const built = ['static', 'static.build.json', 'static.cache.jsonl', 'static.manifest.jsonl']

const fixture = () =>
  createApp({
    'vite.config.ts': config("buildApp() { console.log('buildApp ran') },"),
    'src/entry-client.ts': "import './style.css'\nconsole.log(import.meta.env.PROD)\n",
    'src/entry-server.ts': entry,
    '.env.staging': 'NODE_ENV=development\n',
  })

describe('plan, render --shard and merge', () => {
  let app: App
  let site: Awaited<ReturnType<typeof siteOf>>
  beforeAll(async () => {
    app = await fixture()
    await app.build()
    site = await siteOf(app)
  })

  it('make the site of one build, and print one JSON document each', async () => {
    const bundles = await bundlesOf(app)
    await rm(join(app.dir, 'dist'), { recursive: true })

    const plan = await app.distill('plan', '--json')
    expect(plan.exitCode, plan.stderr).toBe(0)
    expect(JSON.parse(plan.stdout)).toMatchObject({ pages: 13, kept: 0, warnings: [] })
    for (const line of [
      'building client environment',
      'the config prints',
      'a plugin prints',
      'buildApp ran',
    ])
      expect(plan.stderr).toContain(line)
    expect(await bundlesOf(app)).toEqual(bundles)
    expect(await beside(app)).toEqual(['static.build.json', 'static.plan.jsonl'])

    const first = await app.distill('render', '--shard', '1/2', '--json')
    expect(first.exitCode, first.stderr).toBe(0)
    const { pages } = JSON.parse(first.stdout) as { pages: number }
    const second = await app.distill('render', '--shard', '2/2')
    expect(second).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        `^rendered shard 2 of 2: ${13 - pages} pages \\(.*\\) to \`dist/static.shard-2-of-2\` in .*$`,
      ),
    })
    expect(await beside(app)).toEqual([
      'static.build.json',
      'static.plan.jsonl',
      'static.shard-1-of-2',
      'static.shard-2-of-2',
    ])

    const merged = await app.distill('merge', '--json')
    expect(merged.exitCode, merged.stderr).toBe(0)
    expect(JSON.parse(merged.stdout)).toMatchObject({ pages: 13, shards: 2, rendered: 13 })
    expect(await siteOf(app)).toEqual(site)
    const report = readPage(join(app.dir, 'dist/static.report.html'))
    expect(report).toMatchObject({ shards: 2, threads: 0 })
    // The clocks of the machines say nothing to each other.
    const home = report.files.find(({ key }) => key === 'index.html')
    expect([typeof home!.ms, home!.at, home!.thread]).toEqual(['number', undefined, undefined])
  })

  it('`plan --no-build` takes the bundle that is there, and removes older shards and nothing else', async () => {
    const record = await app.read('dist/static.cache.jsonl')
    const bundles = await bundlesOf(app)
    await app.write({ 'src/entry-server.ts': serverEntry('') })
    const { exitCode, stdout, stderr } = await app.distill('plan', '--no-build')
    await app.write({ 'src/entry-server.ts': entry })
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toBe('planned 13 pages in `dist/static.plan.jsonl`: 13 to render')
    expect(await beside(app)).toEqual([...built, 'static.plan.jsonl'])
    expect(await bundlesOf(app)).toEqual(bundles)
    expect(await siteOf(app)).toEqual(site)
    expect(await app.read('dist/static.cache.jsonl')).toBe(record)
  })

  it('a shard that is missing leaves the site as it was', async () => {
    const none = await app.distill('merge')
    expect(none).toMatchObject({ exitCode: 3, stdout: '' })
    expect(none.stderr).toContain('there is no shard to merge')

    const quiet = await app.distill('render', '--shard', '1/2', '--quiet')
    expect(quiet).toMatchObject({ exitCode: 0, stdout: '' })
    expect(quiet.stderr).not.toContain('rendered')

    const { exitCode, stdout, stderr } = await app.distill('merge', '--json')
    expect(exitCode).toBe(3)
    const { error } = JSON.parse(stdout) as { error: Record<string, string> }
    expect(error).toMatchObject({
      code: 'SHARDS_INVALID',
      message: expect.stringContaining('shard 2 of 2 is missing'),
    })
    expect(error.hint).toContain('`vite-distill render --shard <i>/<n>`')
    expect(stderr).toContain('✗ the shards do not make a site:')
    expect(await siteOf(app)).toEqual(site)
  })

  it('pages that fail are told by their shard, and all of them by `merge`', async () => {
    app.env.FAIL = '[a-l]'
    const shards = [
      await app.distill('render', '--shard', '1/2'),
      await app.distill('render', '--shard', '2/2'),
    ]
    delete app.env.FAIL
    for (const { exitCode, stderr } of shards) {
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/✗ \d pages could not be rendered/)
      expect(stderr).toContain('`vite-distill merge` tells those of all shards.')
      expect(stderr).not.toContain('`vite-distill render --json`')
    }
    expect(await beside(app)).toEqual([
      ...built,
      'static.plan.jsonl',
      'static.shard-1-of-2',
      'static.shard-2-of-2',
    ])

    const { exitCode, stdout, stderr } = await app.distill('merge', '--json')
    expect(exitCode).toBe(1)
    const { error } = JSON.parse(stdout) as { error: { code: string; pages: { url: string }[] } }
    expect(error.code).toBe('PAGES_FAILED')
    expect(error.pages.map(({ url }) => url).sort()).toEqual([...'abcdefghijkl'].map((id) => `/p/${id}`))
    expect(stderr).toContain('✗ 12 pages could not be rendered')
    expect(stderr).toContain('src/entry-server.ts:')
    expect(stderr).toContain('`vite-distill merge --json` lists every page.')
    expect(await siteOf(app)).toEqual(site)
  })

  it('a bundle that fails leaves site and plan as they were, without a stack of this package', async () => {
    const plan = await app.read('dist/static.plan.jsonl')
    await app.write({ 'src/entry-server.ts': `${entry}\nexport const a = {{` })
    const { exitCode, stdout, stderr } = await app.distill('plan', '--json')
    await app.write({ 'src/entry-server.ts': entry })
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'BUILD_FAILED' } })
    expect(stderr).toContain('✗ the app could not be bundled')
    expect(stderr).toContain('src/entry-server.ts:')
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(await app.read('dist/static.plan.jsonl')).toBe(plan)
    expect(await siteOf(app)).toEqual(site)
  })

  it('a build after a plan is as without one', async () => {
    await app.write({ 'src/entry-server.ts': entry.replace('the page', 'this page') })
    expect(await app.distill('plan', '--quiet')).toMatchObject({ exitCode: 0, stdout: '' })
    const render = await app.distill('render')
    expect(render.stdout).toContain('12 changed')
    const rendered = await siteOf(app)
    expect(rendered.files['p/a/index.html']).toContain('this page a')
    expect(await app.build()).toContain('15 unchanged')
    expect(await siteOf(app)).toEqual(rendered)
  })

  it('print a result that is larger than a pipe', async () => {
    app.env.MANY = '1'
    const { stdout } = await app.distill('urls', '--json')
    app.env = {}
    expect(JSON.parse(stdout)).toHaveLength(5001)
  })

  describe('Ctrl-C', () => {
    beforeAll(async () => {
      await app.write({ 'src/entry-server.ts': entry })
      await app.build()
      expect(await siteOf(app)).toEqual(site)
      expect(await app.distill('plan', '--no-build')).toMatchObject({ exitCode: 0 })
    })
    const wholly = (...args: string[]) =>
      app.distill(...args).then(({ exitCode, stderr }) => expect(exitCode, stderr).toBe(0))
    const shards = ['static.shard-1-of-2', 'static.shard-2-of-2']

    /** Ctrl-C during the first call of `node:fs` with a path that ends so. */
    const interrupted = (fault: string, ...args: string[]) =>
      execa(process.execPath, ['--import', join(repository, 'test/staging/fault.mjs'), cli, ...args], {
        cwd: app.dir,
        reject: false,
        extendEnv: false,
        env: { ...cleanEnv(), ...app.env, FAULT: `${fault} SIGINT` },
      })

    it('leaves the plan, a shard and the site whole', async () => {
      const plan = await app.read('dist/static.plan.jsonl')
      const planning = await interrupted('renameSync /static.plan.jsonl', 'plan', '--no-build', '--force')
      expect(planning).toMatchObject({ signal: 'SIGINT', stdout: '' })
      expect(await app.read('dist/static.plan.jsonl')).toBe(plan)
      await wholly('plan', '--no-build')

      const rendering = await interrupted('renameSync /static.shard-1-of-2', 'render', '--shard', '1/2')
      expect(rendering).toMatchObject({ signal: 'SIGINT', stdout: '' })
      const draft = expect.stringMatching(/^\.static\.shard-1-of-2\..*\.tmp$/)
      // `static.shard-*` does not find it.
      expect(await beside(app)).toEqual([draft, ...built, 'static.plan.jsonl'])
      await wholly('plan', '--no-build')
      expect(await beside(app)).toEqual([...built, 'static.plan.jsonl'])
      await wholly('render', '--shard', '1/2')
      await wholly('render', '--shard', '2/2')
      expect(await beside(app)).toEqual([...built, 'static.plan.jsonl', ...shards])

      await app.write({ 'dist/static/p/b/index.html': 'other' })
      const merging = await interrupted('renameSync /static/p/b/index.html', 'merge')
      expect(merging).toMatchObject({ exitCode: 130 })
      expect(await siteOf(app)).toEqual(site)
      expect(await beside(app)).toEqual([...built, 'static.plan.jsonl', ...shards])
    })
  })
})

describe('plan', () => {
  let app: App
  beforeAll(async () => {
    app = await fixture()
  })
  beforeEach(async () => {
    for (const folder of ['dist', 'build']) await rm(join(app.dir, folder), { recursive: true, force: true })
  })

  it('says what to do where nothing was built, and nothing was planned', async () => {
    const planned = await app.distill('plan', '--no-build', '--json')
    expect(planned.exitCode).toBe(2)
    expect(JSON.parse(planned.stdout)).toEqual({
      error: {
        code: 'NOT_BUILT',
        message: 'the client has not been built',
        hint: 'Run `vite-distill plan` without `--no-build`, or `vite build`.',
      },
    })
    for (const args of [['render', '--shard', '1/2'], ['merge']]) {
      const { exitCode, stderr } = await app.distill(...args)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(
        '✗ the client has not been built\n  Bring the build of `vite-distill plan` here',
      )
    }
  })

  it.each([
    [['--shard', '1/2', '--only', 'p/*'], '`--shard <i/n>` cannot be used with option `--only <glob>`'],
    [['--shard', '1/2', '--force'], '`--shard <i/n>` cannot be used with option `--force`'],
    [['--shard', '1/2', '--verify'], '`--shard <i/n>` cannot be used with option `--verify`'],
    [['--shard', '5/4'], 'There is no shard 5 of 4'],
    [['--shard', 'auto'], 'finds no job engine'],
    [['--shard'], 'argument missing'],
  ])('`render %j` is a usage error', async (args, words) => {
    // Where these tests themselves run in jobs of an engine.
    app.env = { CI_NODE_INDEX: '', CI_NODE_TOTAL: '' }
    const { exitCode, stdout, stderr } = await app.distill('render', ...args)
    app.env = {}
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(words)
  })

  it('takes mode, root and outDir as a build does, and `NODE_ENV` of the mode', async () => {
    // Names in a bundle depend on the folder that the command runs in.
    const run = async (script: string, ...args: string[]) => {
      const options = { cwd: tmpdir(), env: cleanEnv(), extendEnv: false, reject: false }
      const { exitCode, stderr } = await execa(
        process.execPath,
        [script, ...args, '--outDir', 'build'],
        options,
      )
      expect(exitCode, stderr).toBe(0)
    }
    await run(join(repository, 'node_modules/vite/bin/vite.js'), 'build', app.dir, '-m', 'staging')
    const [bundles, site] = [await bundlesOf(app, 'build'), await siteOf(app, 'build')]
    expect(site.files['index.html']).toContain('in mode staging')
    await rm(join(app.dir, 'build'), { recursive: true })
    for (const args of [['plan', '-m', 'staging'], ['render', '--shard', '1/1'], ['merge']])
      await run(cli, ...args, '--root', app.dir)
    expect(await bundlesOf(app, 'build')).toEqual(bundles)
    expect(await siteOf(app, 'build')).toEqual(site)
    expect(await beside(app, 'build')).toEqual([...built, 'static.plan.jsonl', 'static.shard-1-of-1'])
  })

  it('bundles as a build where another plugin builds both, with `outDir` and `watch` in the config', async () => {
    const buildBoth = `async buildApp(builder) {
      for (const name of ['ssr', 'client']) await builder.build(builder.environments[name])
    },`
    await app.write({
      'once.config.ts': config(buildBoth, "build: { outDir: 'build' }"),
      'watch.config.ts': config('', "build: { outDir: 'build', watch: {} }"),
    })
    await app.build('-c', 'once.config.ts')
    const bundles = await bundlesOf(app, 'build')
    for (const args of [
      ['once.config.ts'],
      ['watch.config.ts'],
      ['vite.config.ts', '--outDir', 'build/client'],
    ]) {
      await rm(join(app.dir, 'build'), { recursive: true })
      const { exitCode, stderr } = await app.distill('plan', '-c', ...args)
      expect(exitCode, stderr).toBe(0)
      expect(await bundlesOf(app, 'build')).toEqual(bundles)
      expect(await beside(app, 'build')).toEqual(['static.build.json', 'static.plan.jsonl'])
    }
  })
})
