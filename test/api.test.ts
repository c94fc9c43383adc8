import { execa } from 'execa'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DistillError, InterruptedError, publish, publishPages, testPublish } from '../src/index.ts'
import { blog, Project } from './publish/project.ts'

test('publishing from JavaScript', async () => {
  const project = new Project()
  project.build(blog('1'))
  const { root } = project
  const steps: string[] = []
  expect(await testPublish({ root, onStep: ({ name }) => steps.push(name) })).toMatchObject({ ok: true })
  expect(steps).toEqual(['write', 'list', 'write on a condition', 'write a state', 'delete'])
  const plans: number[] = []
  const result = await publish({ root, target: 'default', onPlan: (changes) => plans.push(changes.length) })
  expect(result.counts.upload).toBe(6)
  expect(plans).toEqual([6])
  project.build({ 'index.html': 'only' })
  await expect(publish({ root })).rejects.toMatchObject({ code: 'DELETES_UNCONFIRMED', exitCode: 3 })
  const asked: number[] = []
  await publish({ root, confirm: async (deletes) => asked.push(deletes) > 0 })
  expect(asked).toEqual([5])
  expect(project.published()).toEqual({ 'index.html': 'only' })
})

test('an aborted signal stops a publish with an InterruptedError', async () => {
  const project = new Project()
  project.build(blog())
  const error: unknown = await publish({ root: project.root, signal: AbortSignal.abort() }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(InterruptedError)
  expect(error).toBeInstanceOf(DistillError)
  expect(error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 })
  expect((error as DistillError).hint).toContain('Publish again')
})

test.each([undefined, '/', [1]])('`publishPages()` refuses %j in place of a list of paths', async (pages) => {
  await expect(publishPages({ app: {}, pages: pages as never })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    exitCode: 2,
  })
})

test('importing the package loads no storage’s SDK', async () => {
  const index = fileURLToPath(new URL('../dist/index.js', import.meta.url))
  const { stderr } = await execa(
    'node',
    ['--input-type=module', '-e', `await import(${JSON.stringify(index)})`],
    {
      env: { NODE_DEBUG: 'esm' },
    },
  )
  expect(stderr).toContain('dist/api.js')
  expect(stderr).not.toMatch(/node_modules\/(@aws-sdk|@azure|@google-cloud|google-auth-library|@clack)\//)
})
