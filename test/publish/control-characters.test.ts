import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BackendError } from '../../src/backends/backend.ts'
import { blog, Project } from './project.ts'

// Clears the screen, goes back to the start of the line, deletes a letter, starts a sequence as a C1 code, starts a
// line that looks like vite-distill's own, and turns the direction of text.
const evil = 'a\u001b[2J\r\b\u009b2J\n✓ Published\u202e'
const escaped = String.raw`a\u001b[2J\u000d\u0008\u009b2J\u000a✓ Published\u202e`

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

/** Runs a command and checks that nothing it prints controls the terminal. */
async function run(project: Project, ...args: string[]) {
  const { exitCode, stdout, stderr } = await project.run(args)
  expect(`${stdout}${stderr}`).not.toMatch(control)
  expect(`\n${stdout}\n${stderr}`).not.toContain('\n✓ Published\u202e')
  return { exitCode, stdout: String(stdout), stderr: String(stderr) }
}

test('of a lock are escaped in words, and stay in JSON', async () => {
  const project = new Project()
  project.build(blog())
  const lock = { run: 'x', owner: evil, since: evil, renewed: 0 }
  const writeLock = () => {
    mkdirSync(join(project.www, '.vite-distill'), { recursive: true })
    writeFileSync(join(project.www, '.vite-distill/lock.json'), JSON.stringify(lock))
  }
  writeLock()
  for (const flags of [[], ['-l', 'info'], ['--json']]) {
    const { exitCode, stderr } = await run(project, 'publish', ...flags)
    expect(exitCode).toBe(6)
    expect(stderr).toContain(`is being published to by ${escaped} since ${escaped}`)
  }
  expect((await run(project, 'unlock')).stdout).toContain(`which ${escaped} had since ${escaped}`)
  writeLock()
  const { stdout } = await run(project, 'unlock', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ lock: { owner: evil, since: evil } })
})

test('of keys are escaped in words, and stay in JSON', async () => {
  const project = new Project()
  const key = `${evil}.html`
  project.build({ ...blog(), [key]: 'a page' })
  const planned = await run(project, 'publish', '--dry-run')
  expect(planned.stdout).toContain(`+ ${escaped}.html`)
  await run(project, 'publish')
  project.build(blog())
  const refused = await run(project, 'publish')
  expect(refused.exitCode).toBe(3)
  expect(refused.stderr).toContain(`- ${escaped}.html`)
  expect(refused.stderr).toContain(`would delete \`${escaped}.html\` from`)
  const { stdout } = await run(project, 'publish', '--dry-run', '--json')
  expect((JSON.parse(stdout) as { plan: { key: string }[] }).plan.map((change) => change.key)).toContain(key)
})

test('of a state are escaped', async () => {
  const project = new Project()
  project.build(blog(), { siteId: evil })
  await run(project, 'publish')
  project.build(blog())
  const { exitCode, stderr } = await run(project, 'publish')
  expect(exitCode).toBe(3)
  expect(stderr).toContain(`holds the site \`${escaped}\``)
})

test('of the message of a storage are escaped', () => {
  expect(new BackendError('rejected', `cannot list \`s3://www/\`: ${evil}`).message).toBe(
    `cannot list \`s3://www/\`: ${escaped}`,
  )
})
