import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blog, Project } from '../publish/project.ts'

const json = (text: unknown) =>
  JSON.parse(String(text)) as { error: { code: string; message: string; hint?: string } }

test.each([
  [['publsh'], 'there is no command `publsh`', 'Did you mean `publish`?'],
  [['deploy'], 'there is no command `deploy`', 'There are `publish`'],
  [[], 'no command was given', 'There are `publish`'],
  [['publish', '--dryrun'], 'has no flag `--dryrun`', 'Did you mean `--dry-run`?'],
  [['publish', '--froce'], 'has no flag `--froce`', 'Did you mean `--force`?'],
  [['publish', '--delete-everything'], 'has no flag `--delete-everything`', '--help'],
  [['publish', 'a', 'b'], "doesn't know what to do with `b`", '--help'],
  [['publish', '--', 'b'], "doesn't know what to do with `b`", '--help'],
  [['publish', '--max-deletes', 'many'], '`--max-deletes` is `many`', 'whole number, 0 or more'],
  [['publish', '--concurrency', '0'], '`--concurrency` is `0`', 'whole number, 1 or more'],
  [['publish', '--config'], '`-c, --config <file>` was given without a value', ''],
  [['publish', '--root', 'a', '--root', 'b'], 'was given 2 times', ''],
  [['publish', '-l', 'loud'], '`--logLevel` is `loud`', '`info`, `warn`'],
  [['test-publish', '--dry-run'], 'has no flag `--dry-run`', '--help'],
])('%j is refused with what was probably meant', async (args, message, hint) => {
  const { exitCode, stderr, stdout } = await new Project().run(args)
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain(message)
  expect(stderr).toContain(hint)
})

test('help and version', async () => {
  const project = new Project()
  const help = await project.run(['publish', '--help'])
  expect(help.exitCode).toBe(0)
  expect(help.stdout).toContain('--ignore-remote-content')
  expect((await project.run(['--help'])).stdout).toContain('test-publish [target]')
  expect((await project.run(['--version'])).stdout).toMatch(/^vite-distill\/\d+\.\d+\.\d+ /)
})

test.each([
  ['no targets', {}, [], 'there is no target to publish to'],
  ['an unknown target', { a: 1, b: 2 }, ['c'], 'there is no target `c`'],
  ['no name and several targets', { a: 1, b: 2 }, [], 'none is named `default`'],
  ['a name that every object has', { a: 1 }, ['constructor'], 'there is no target `constructor`'],
])('%s', async (_, names, args, message) => {
  const targets = Object.fromEntries(
    Object.keys(names).map((name) => [name, { backend: 'directory', path: `../${name}` } as const]),
  )
  const project = new Project({ targets })
  project.build(blog())
  const error = await project.fail(...args)
  expect(error).toMatchObject({ exitCode: 2, code: 'TARGET_UNKNOWN' })
  expect(error.message).toContain(message)
  for (const name of Object.keys(names)) expect(error.hint).toContain(`\`${name}\``)
})

test('the only target needs no name', async () => {
  const project = new Project({ targets: { prod: { backend: 'directory', path: '../www' } } })
  project.build(blog())
  expect((await project.publish()).target).toBe('prod')
})

test.each([
  ['no config', undefined, 'there is no Vite config'],
  ['a config that throws', 'throw new Error("no database")', 'no database'],
  ['a config that is no JavaScript', 'export default {', 'could not be loaded'],
  ['a config without the plugin', 'export default { plugins: [] }', 'has no plugin `vite-distill`'],
  [
    'a config with two of them',
    'const p = { name: "vite-distill", api: { options: {} } }; export default { plugins: [p, [p]] }',
    '2 times',
  ],
])('%s', async (_, config, message) => {
  const project = new Project()
  project.write(config === undefined ? 'x' : 'vite.config.mjs', config ?? '')
  const { exitCode, stdout } = await project.run([
    'publish',
    '--json',
    ...(config === undefined ? ['--root', project.home] : []),
  ])
  expect(exitCode).toBe(2)
  expect(json(stdout).error).toMatchObject({ code: 'CONFIG_FAILED' })
  expect(json(stdout).error.message).toContain(message)
})

test('the plugin is found where Vite would find it: nested, promised, by a function of the mode', async () => {
  const project = new Project()
  project.build(blog())
  project.write(
    'other.config.mjs',
    `export default ({ mode, command }) => ({ plugins: [null, [Promise.resolve([{
      name: 'vite-distill',
      api: { options: { siteId: 'test', publish: { default: { backend: 'directory', path: '../' + mode + '-' + command } } } },
    }])]] })`,
  )
  const result = await project.publish('-c', 'other.config.mjs', '-m', 'staging')
  expect(result.to).toBe(`${join(project.home, 'staging-build')}/`)
})

test('--root names the folder of the app', async () => {
  const project = new Project()
  project.build(blog())
  const { exitCode } = await project.run(['publish', '--root', 'app'], { cwd: project.home })
  expect(exitCode).toBe(0)
  expect(project.published()).toEqual(blog())
})

test('an option that is none', async () => {
  const project = new Project()
  project.write(
    'vite.config.mjs',
    `export default { plugins: [{ name: 'vite-distill', api: { options: { publish: { a: { backend: 'ftp' } } } } }] }`,
  )
  expect(await project.fail()).toMatchObject({ exitCode: 2, code: 'OPTION_INVALID' })
})

test('--quiet says nothing, --json says one document, and stdout has nothing else', async () => {
  const project = new Project()
  project.build(blog())
  const quiet = await project.run(['publish', '--quiet'])
  expect(quiet).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  const { stdout } = await project.run(['publish', '--json'])
  expect(Object.keys(JSON.parse(String(stdout)) as object).sort()).toEqual(
    [
      'bytes',
      'counts',
      'createdAt',
      'dryRun',
      'ms',
      'notices',
      'plan',
      'publicUrl',
      'requests',
      'siteId',
      'target',
      'to',
      'unmanaged',
      'verified',
    ].filter((name) => name !== 'publicUrl'),
  )
  const failed = await project.run(['publish', 'nowhere', '--json', '-l', 'silent'])
  expect(failed).toMatchObject({ exitCode: 2, stderr: '' })
  expect(json(failed.stdout).error.code).toBe('TARGET_UNKNOWN')
})

test('a config that leaves something open does not keep the command from ending', async () => {
  const project = new Project()
  project.build(blog())
  project.write(
    'vite.config.mjs',
    `import { createServer } from 'node:net'
    createServer().listen(0)
    export default { plugins: [{ name: 'vite-distill', api: { options: { siteId: 'test', publish: { a: { backend: 'directory', path: '../www' } } } } }] }`,
  )
  expect((await project.run(['publish'], { timeout: 20_000 })).exitCode).toBe(0)
})

test('importing the command loads neither Vite nor an SDK', async () => {
  const project = new Project()
  const { stderr } = await project.run(['--version'], {
    env: { NODE_DEBUG: 'esm', NO_COLOR: '1' },
  })
  expect(stderr).toContain('cac')
  expect(stderr).not.toMatch(/node_modules\/(vite|@aws-sdk|@clack)\//)
})
