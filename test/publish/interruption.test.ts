import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Project, type Content } from './project.ts'

/** Enough files that a publish of them can be met half-way. */
const large = (version: string): Record<string, Content> => ({
  'index.html': `home ${version}`,
  ...Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [`${version}/${i}.txt`, `${version} ${i}`.repeat(100)]),
  ),
})

/** A publish that was ended once it had begun to write. */
async function ended(project: Project, signal: NodeJS.Signals, version: string) {
  const running = project.run(['publish', '--yes', '--json', '--max-deletes', '9999', '--concurrency', '2'])
  const begun = join(project.www, version)
  while (!existsSync(begun)) await sleep(5)
  await sleep(50)
  running.kill(signal)
  return running
}

test('a publish that is killed is finished by the next, even by that of another build', async () => {
  const project = new Project()
  project.build(large('a'))
  expect((await ended(project, 'SIGKILL', 'a')).signal).toBe('SIGKILL')
  expect(await project.fail('--yes')).toMatchObject({ exitCode: 6, code: 'LOCKED' })
  expect((await project.run(['unlock'])).stdout).toContain('Removed the lock')
  const count = Object.keys(project.published()).length
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThan(1500)
  expect(existsSync(join(project.www, 'index.html'))).toBe(false)

  project.build(large('b'))
  expect((await ended(project, 'SIGKILL', 'b')).signal).toBe('SIGKILL')
  await project.run(['unlock'])
  const result = await project.publish('--yes', '--max-deletes', '9999')
  expect(result.counts.delete).toBe(count)
  expect(project.published()).toEqual(large('b'))
})

test('Ctrl-C stops between two requests, records what was done, and deletes nothing', async () => {
  const project = new Project()
  project.build(large('a'))
  await project.publish()
  project.build(large('b'))
  const { exitCode, stdout, stderr } = await ended(project, 'SIGINT', 'b')
  expect(exitCode).toBe(130)
  expect(JSON.parse(String(stdout))).toMatchObject({ error: { code: 'INTERRUPTED' } })
  expect(stderr).toContain('Stopping as soon as it is safe')
  const { published } = { published: project.published() }
  expect(published).toMatchObject(large('a'))
  const uploaded = Object.keys(published).length - 1501
  expect(uploaded).toBeGreaterThan(0)

  const result = await project.publish('--yes', '--max-deletes', '9999')
  expect(result.counts).toEqual({
    upload: 1500 - uploaded,
    update: 1,
    headers: 0,
    keep: uploaded,
    delete: 1500,
  })
  expect(project.published()).toEqual(large('b'))
})
