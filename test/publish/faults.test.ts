import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { publish } from '../../src/publish/publish.ts'
import { website } from '../../src/vite/website.ts'
import { broken, faulty, type Fault } from './faulty.ts'
import { blog, Project } from './project.ts'
import { serving } from './serve.ts'

const foreign = { 'foreign.txt': 'mine' }
/** What may go wrong at a call: it is not done, it is done and its answer lost, or the process ends there. */
const faults: Record<string, (at: number) => Fault> = {
  'is refused': (at) => (call, work) => (call === at ? Promise.reject(broken()) : work()),
  'is not authorised from then on': (at) => (call, work) =>
    call >= at ? Promise.reject(broken('unauthorised')) : work(),
  'is done, but its answer is lost and the process dies': (at) => async (call, work) => {
    if (call > at) throw broken()
    const answer = await work()
    if (call === at) throw broken()
    return answer
  },
  'is never made, for the process dies': (at) => (call, work) =>
    call >= at ? Promise.reject(broken()) : work(),
}
const versions = [
  blog('1'),
  // A page and an asset that only this has, so that it has new keys and the next one has to delete them.
  { ...blog('2'), 'only-in-2/index.html': 'two', 'only-in-2.txt': 'two' },
  blog('3'),
] as const

async function projectWith(first: 'nothing' | 'the first version') {
  const project = new Project()
  const publicUrl = await serving(website(project.www))
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl } })
  if (first === 'the first version') {
    project.build(versions[0])
    await publish(project.options, undefined)
  } else mkdirSync(project.www)
  writeFileSync(join(project.www, 'foreign.txt'), 'mine')
  project.build(versions[1])
  return project
}

/** Every page finds every asset that it names. */
function expectWhole(project: Project) {
  for (const [key, content] of Object.entries(project.published())) {
    if (!key.endsWith('.html')) continue
    for (const [, path] of content.matchAll(/src="\/([^"]+)"/g))
      expect(existsSync(join(project.www, path!)), `${path} of ${key}`).toBe(true)
  }
}

const flags = { yes: true, concurrency: 1 }
/** A lock that a dead publish left is not waited for. */
const impatient = { lease: 40 }

test.each(['nothing', 'the first version'] as const)('a publish over %s', async (first) => {
  const whole = await projectWith(first)
  const { calls, open } = faulty(async (_, work) => {
    const answer = await work()
    expectWhole(whole)
    return answer
  })
  await publish(whole.options, undefined, flags, { open })
  expect(whole.published()).toEqual({ ...versions[1], ...foreign })
  const firstRemove = calls.findIndex(({ name }) => name === 'remove')
  const lastUpload = calls.findLastIndex(
    ({ name, what }) => name === 'put' && !what.startsWith('.vite-distill'),
  )
  if (first !== 'nothing') expect(firstRemove).toBeGreaterThan(lastUpload)

  let cases = 0
  for (const [name, fault] of Object.entries(faults)) {
    for (let k = 1; k <= calls.length; k++) {
      cases++
      const label = `call ${k} (${calls[k - 1]!.name} ${calls[k - 1]!.what}) ${name}`
      const project = await projectWith(first)
      const before = project.published()
      const run = publish(project.options, undefined, flags, { open: faulty(fault(k)).open })
      if (k === calls.length) {
        // All was done by then, and only the lock is left.
        expect((await run).notices.join(), label).toContain('The lock could not be removed')
      } else {
        const exitCode = name.startsWith('is not authorised') ? 7 : 4
        await expect(run, label).rejects.toMatchObject({ exitCode })
      }
      expectWhole(project)
      // Before the first delete was asked for, nothing is gone.
      if (k <= firstRemove || first === 'nothing')
        expect(Object.keys(project.published()), label).toEqual(expect.arrayContaining(Object.keys(before)))

      // The next publish, even of a later build, finishes it: nothing is left over and nothing foreign is gone.
      const next = k % 2 === 0 ? versions[1] : versions[2]
      project.build(next)
      if (existsSync(join(project.www, '.vite-distill/lock.json'))) await sleep(impatient.lease + 5)
      await publish(project.options, undefined, flags, impatient)
      expect(project.published(), label).toEqual({ ...next, ...foreign })
      const { requests } = await publish(project.options, undefined, flags)
      expect(requests, label).toEqual({ list: 1, get: 1, put: 0, rewrite: 0, remove: 0, public: 0 })
    }
  }
  expect(cases).toBeGreaterThan(40)
})

test('a call that fails once is made again', async () => {
  const project = await projectWith('the first version')
  for (let k = 1; k <= 8; k++) {
    const version = versions[k % 2 === 0 ? 0 : 1]
    project.build(version)
    const { open } = faulty((call, work) => (call === k ? Promise.reject(broken('unavailable')) : work()))
    await publish(project.options, undefined, flags, { open })
    expect(project.published()).toEqual({ ...version, ...foreign })
  }
})

test('a record whose answer was lost is known for its own', async () => {
  const project = await projectWith('nothing')
  let lost = false
  const { open, calls } = faulty(async (call, work) => {
    const answer = await work()
    if (!lost && calls[call - 1]!.what === '.vite-distill/state.json' && calls[call - 1]!.name === 'put') {
      lost = true
      throw broken('unavailable')
    }
    return answer
  })
  await publish(project.options, undefined, flags, { open })
  expect(lost).toBe(true)
  expect(project.published()).toEqual({ ...versions[1], ...foreign })
})

test('an object that was in the place of one never written is not taken for the site’s', async () => {
  const project = await projectWith('nothing')
  writeFileSync(join(project.www, 'logo.png'), 'a foreign logo')
  // Dies right after it recorded what it is about to write.
  const { open } = faulty((call, work) => (call > 5 ? Promise.reject(broken()) : work()))
  await expect(publish(project.options, undefined, flags, { open })).rejects.toThrow()
  project.build({ 'index.html': 'no logo' })
  await sleep(impatient.lease + 5)
  await publish(project.options, undefined, flags, impatient)
  expect(project.published()).toEqual({ 'index.html': 'no logo', 'logo.png': 'a foreign logo', ...foreign })
})
