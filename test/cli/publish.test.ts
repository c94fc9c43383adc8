import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blog, Project } from '../publish/project.ts'

const json = (text: unknown) =>
  JSON.parse(String(text)) as { error: { code: string; message: string; hint?: string } }

const commands =
  'There are `publish`, `releases`, `rollback`, `unpublish`, `test-publish`, `unlock`, `render`, `plan`, `merge`, `check`, `report`, `urls`'
const publishHelp = 'See `vite-distill publish --help`.'
const help = 'See `vite-distill --help`.'

test.each<[args: string[], message: string, hint: string]>([
  // Commands
  [['publsh'], 'unknown command `publsh`', 'Did you mean `publish`?'],
  [['deploy'], 'unknown command `deploy`', commands],
  [[], 'no command was given', commands],
  [['--quiet'], 'no command was given', commands],
  [['--dry-run', 'publish'], 'unknown option `--dry-run`', 'flags of a command come after it'],
  // Flags
  [['unpublish'], 'missing required argument `target`', 'See `vite-distill unpublish --help`.'],
  [['publish', '--dryrun'], 'unknown option `--dryrun`', 'Did you mean `--dry-run`?'],
  [['publish', '--dryRun'], 'unknown option `--dryRun`', 'Did you mean `--dry-run`?'],
  [['publish', '--froce'], 'unknown option `--froce`', 'Did you mean `--force`?'],
  [['publish', '--rooot', 'a'], 'unknown option `--rooot`', 'Did you mean `--root`?'],
  [['publish', '--no-yes'], 'unknown option `--no-yes`', 'Did you mean `--yes`?'],
  [['publish', '--delete-everything'], 'unknown option `--delete-everything`', publishHelp],
  [['publish', '--yes=false'], 'unknown option `--yes=false`', publishHelp],
  [['publish', '-x'], 'unknown option `-x`', publishHelp],
  [['test-publish', '--dry-run'], 'unknown option `--dry-run`', 'See `vite-distill test-publish --help`.'],
  [['publish', '--root', 'a', '--root', 'b'], 'option `--root <folder>` was given twice', help],
  [['publish', '--yes', '--yes'], 'option `--yes` was given twice', publishHelp],
  [
    ['publish', '--skip-verify', '--verify', 'all'],
    'option `--skip-verify` cannot be used with option `--verify <which>`',
    publishHelp,
  ],
  [
    ['publish', '--ignore-remote-content', '--adopt'],
    'option `--adopt` cannot be used with option `--ignore-remote-content`',
    publishHelp,
  ],
  // Values
  [['publish', '--config'], 'option `-c, --config <file>` argument missing', help],
  [['publish', '--config='], 'option `-c, --config <file>` argument missing', help],
  [['publish', '--mode', '--dry-run'], 'option `-m, --mode <mode>` argument missing', help],
  [['publish', '--max-deletes='], 'option `--max-deletes <n>` argument missing', publishHelp],
  [['render', '--only='], 'option `--only <glob>` argument missing', 'See `vite-distill render --help`.'],
  ...['many', '-1', '1.5', '1e3', '0x1'].map((value): [string[], string, string] => [
    ['publish', '--max-deletes', value],
    `option \`--max-deletes <n>\` argument \`${value}\` is invalid. It must be a whole number, 0 or more.`,
    publishHelp,
  ]),
  [
    ['publish', '--concurrency', '0'],
    'option `--concurrency <n>` argument `0` is invalid. It must be a whole number, 1 or more.',
    publishHelp,
  ],
  [
    ['publish', '-l', 'loud'],
    'option `-l, --logLevel <level>` argument `loud` is invalid. Allowed choices are info, warn, error, silent.',
    help,
  ],
  [
    ['publish', '--verify', 'some'],
    'option `--verify <which>` argument `some` is invalid. Allowed choices are changed, all.',
    publishHelp,
  ],
  // Arguments
  [['publish', 'a', 'b'], 'unexpected argument `b`', publishHelp],
  [['publish', 'a', '--', '--yes'], 'unexpected argument `--yes`', publishHelp],
  [['render', 'posts/a', 'posts/b'], 'unexpected argument `posts/a`', 'See `vite-distill render --help`.'],
])('%j is a usage error', async (args, message, hint) => {
  const project = new Project()
  const words = await project.run(args)
  expect(words).toMatchObject({ exitCode: 2, stdout: '' })
  const [first, second, ...rest] = String(words.stderr).split('\n')
  expect(first).toBe(`✗ ${message}`)
  expect(second).toContain(hint)
  expect(rest).toEqual([])

  const document = await project.run(['--json', ...args])
  expect(document.exitCode).toBe(2)
  expect(json(document.stdout)).toEqual({ error: { code: 'USAGE', message, hint: second!.trim() } })
  expect(document.stderr).toBe(words.stderr)
})

test('a usage error is JSON wherever `--json` stands', async () => {
  const project = new Project()
  for (const args of [
    ['publish', '-l', 'loud', '--json'],
    ['publish', '--max-deletes', 'x', '--json'],
    ['publish', '--config', '--json'],
  ]) {
    const { exitCode, stdout } = await project.run(args)
    expect(exitCode).toBe(2)
    expect(json(stdout).error.code).toBe('USAGE')
  }
})

test('global flags stand before or after the command, and arguments after `--`', async () => {
  const project = new Project()
  project.build(blog())
  const before = await project.run(['--json', '--root', 'app', 'publish', '--dry-run', '--', 'default'], {
    cwd: project.home,
  })
  const after = await project.run(['publish', 'default', '--dry-run', '--root=app', '--json'], {
    cwd: project.home,
  })
  for (const { exitCode, stdout } of [before, after]) {
    expect(exitCode).toBe(0)
    expect(JSON.parse(String(stdout))).toMatchObject({ target: 'default', dryRun: true })
  }
  expect(await project.fail('--', '--yes')).toMatchObject({ exitCode: 2, code: 'TARGET_UNKNOWN' })
})

test('help and version', async () => {
  const project = new Project()
  const publishHelp = await project.run(['publish', '--help'])
  expect(publishHelp).toMatchObject({ exitCode: 0, stderr: '' })
  expect(publishHelp.stdout).toContain('--ignore-remote-content')
  expect(publishHelp.stdout).toContain('-c, --config <file>')
  const help = await project.run(['--help'])
  expect(help).toMatchObject({ exitCode: 0, stderr: '' })
  expect(help.stdout).toContain('test-publish [target]')
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

test('an invalid option of the plugin', async () => {
  const project = new Project()
  project.write(
    'vite.config.mjs',
    `export default { plugins: [{ name: 'vite-distill', api: { options: { publish: { a: { backend: 'ftp' } } } } }] }`,
  )
  const { exitCode, stdout } = await project.run(['publish', '--json'])
  expect(exitCode).toBe(2)
  expect(json(stdout)).toMatchObject({ error: { code: 'OPTION_INVALID' } })
})

test('--quiet prints nothing, and --json prints one document and nothing else on stdout', async () => {
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
      'purged',
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
  expect(stderr).toContain('commander')
  expect(stderr).not.toMatch(/node_modules\/(vite|@aws-sdk|@clack)\/|dist\/(publish|render|vite)\//)
})
