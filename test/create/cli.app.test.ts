import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { repository } from '../app.ts'

const bin = join(repository, 'packages/create/dist/index.js')

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'create-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
})

async function create(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [bin, ...args], {
    cwd: dir,
    reject: false,
    stdin: 'ignore',
    env: { npm_config_user_agent: 'pnpm/10.0.0 npm/? node/v24.0.0' },
  })
  return { exitCode, stdout, stderr, files: readdirSync(dir) }
}

it('writes the app, and says what to do next with the package manager that started it', async () => {
  const { exitCode, stdout, files } = await create('my-site', '--template', 'h3')
  expect([exitCode, files]).toEqual([0, ['my-site']])
  expect(stdout).toBe(
    '\nCreated `my-site` from the template h3. Next:\n\n  cd my-site\n  pnpm install\n  pnpm run dev\n',
  )
})

it.each([
  [[], 'the folder is missing, and there is nobody to ask'],
  [['my-site'], '`--template` is missing, and there is nobody to ask'],
  [['--template', 'vue'], 'the folder is missing'],
  [['my-site', '--template', 'angular'], 'there is no template `angular`'],
  [['my-site', '--template', 'toString'], 'there is no template `toString`'],
  [['my-site', '--template'], '--template'],
  [['my-site', '--force', '--template', 'vue'], '`--force`'],
  [['my-site', 'other', '--template', 'vue'], 'unexpected argument `other`'],
  [['…', '--template', 'vue'], '`…` cannot be the name of a package'],
])('%j is a usage error, and nothing is written', async (args, message) => {
  const { exitCode, stdout, stderr, files } = await create(...args)
  expect([exitCode, stdout, files]).toEqual([2, '', []])
  expect(stderr).toContain(message)
  expect(stderr).toMatch(/^✗ .*\n  \S.*$/)
})

it('a folder that cannot be written is an error without a stack', async () => {
  writeFileSync(join(dir, 'notes'), 'mine')
  const { exitCode, stderr, files } = await create('notes/site', '--template', 'h3')
  expect([exitCode, files]).toEqual([1, ['notes']])
  expect(stderr).toMatch(/^✗ the app cannot be written: ENOTDIR.*$/)
})

it('--help and --version print to stdout', async () => {
  const help = await create('--help')
  expect([help.exitCode, help.stdout]).toEqual([0, expect.stringContaining('vue, react, svelte, solid, h3')])
  expect((await create('-v')).stdout).toMatch(/^create-vite-distill\/\d+\.\d+\.\d+$/)
})

it.skipIf(!existsSync('/usr/bin/script'))('at a terminal, it asks for what is missing', async () => {
  const running = execa('script', ['-qec', `stty cols 80; ${process.execPath} ${bin}`, '/dev/null'], {
    cwd: dir,
    reject: false,
    env: { TERM: 'xterm' },
  })
  let shown = ''
  // The first is answered by its default, the second by the choice that is one down.
  const answers: [question: string, keys: string][] = [
    ['In which folder?', '\r'],
    ['With which framework?', '\u001b[B\r'],
  ]
  running.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    const [question, keys] = answers[0] ?? []
    if (question === undefined || !shown.includes(question)) return
    running.stdin.write(keys!)
    answers.shift()
  })
  expect((await running).exitCode).toBe(0)
  expect(readdirSync(join(dir, 'my-site/src'))).toContain('App.tsx')
})
