import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inParallel } from '../../src/publish/parallel.ts'
import { publish } from '../../src/publish/publish.ts'
import { unpublish } from '../../src/publish/unpublish.ts'
import { website } from '../../src/vite/website.ts'
import { broken, faulty, type Call, type Fault } from './faulty.ts'
import { blog, contents, Project } from './project.ts'
import { serving } from './serve.ts'

const unmanaged = { 'unmanaged.txt': 'mine' }
const [stateKey, lockKey] = ['.vite-distill/state.json', '.vite-distill/lock.json']
/** What may go wrong at a call: it is not done, it is done and its response lost, or the process ends there. */
const faults: Record<string, (at: number) => Fault> = {
  'is refused': (at) => (call, work) => (call === at ? Promise.reject(broken()) : work()),
  'is not authorised from then on': (at) => (call, work) =>
    call >= at ? Promise.reject(broken('unauthorised')) : work(),
  'is done, but its response is lost and the process dies': (at) => async (call, work) => {
    if (call > at) throw broken()
    const result = await work()
    if (call === at) throw broken()
    return result
  },
  'is never made, for the process dies': (at) => (call, work) =>
    call >= at ? Promise.reject(broken()) : work(),
}
const versions = [
  blog('1'),
  // With a page and an asset of its own: new keys, which the next version deletes.
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
  writeFileSync(join(project.www, 'unmanaged.txt'), 'mine')
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

/** The lock of a process that died, if it left one, is older than its lease. */
function killedLongAgo(project: Project) {
  const lock = join(project.www, lockKey)
  if (existsSync(lock)) utimesSync(lock, new Date(2000, 1), new Date(2000, 1))
}

/** Publishes when the publish before has died. */
async function publishAfterDeath(project: Project) {
  killedLongAgo(project)
  await publish(project.options, undefined, flags, { lease: 800 })
}

test.each(['nothing', 'the first version'] as const)('a publish over %s', async (first) => {
  const whole = await projectWith(first)
  const { calls, open } = faulty(async (_, work) => {
    const result = await work()
    expectWhole(whole)
    return result
  })
  await publish(whole.options, undefined, flags, { open })
  expect(whole.published()).toEqual({ ...versions[1], ...unmanaged })
  const firstRemove = calls.findIndex(({ name }) => name === 'remove')
  const lastUpload = calls.findLastIndex(
    ({ name, what }) => name === 'put' && !what.startsWith('.vite-distill'),
  )
  if (first !== 'nothing') expect(firstRemove).toBeGreaterThan(lastUpload)
  expect(calls.at(-1)).toEqual({ name: 'remove', what: lockKey })

  let cases = 0
  for (const [name, fault] of Object.entries(faults)) {
    for (let k = 1; k <= calls.length; k++) {
      cases++
      const label = `call ${k} (${calls[k - 1]!.name} ${calls[k - 1]!.what}) ${name}`
      const project = await projectWith(first)
      const before = project.published()
      const run = publish(project.options, undefined, flags, { open: faulty(fault(k)).open })
      if (k === calls.length) {
        // Only the lock was left to remove.
        expect((await run).notices.join(), label).toContain('The lock could not be removed')
      } else {
        const exitCode = name.startsWith('is not authorised') ? 7 : 4
        await expect(run, label).rejects.toMatchObject({ exitCode })
      }
      expectWhole(project)
      // Before the first delete was asked for, nothing is gone.
      if (k <= firstRemove || first === 'nothing')
        expect(Object.keys(project.published()), label).toEqual(expect.arrayContaining(Object.keys(before)))

      // The next publish, even of a later build, finishes it: nothing is left over and nothing unmanaged is gone.
      const next = k % 2 === 0 ? versions[1] : versions[2]
      project.build(next)
      await publishAfterDeath(project)
      expect(project.published(), label).toEqual({ ...next, ...unmanaged })
      const { requests } = await publish(project.options, undefined, flags)
      expect(requests, label).toEqual({ list: 1, get: 1, put: 0, rewrite: 0, copy: 0, remove: 0, public: 0 })
    }
  }
  expect(cases).toBeGreaterThan(40)
})

test('unpublish', async () => {
  const published = async () => {
    const project = await projectWith('the first version')
    mkdirSync(join(project.www, '.vite-distill/ranges'))
    mkdirSync(join(project.www, '.vite-distill/objects'))
    // What a publish that died has left, and what a release keeps.
    for (const key of ['ranges/left.gz', 'objects/left'])
      writeFileSync(join(project.www, '.vite-distill', key), '')
    return project
  }
  const whole = await published()
  const { calls, open } = faulty(async (_, work) => {
    const result = await work()
    // While anything of the site is there, so is a state that says whose it is.
    if (Object.keys(whole.published()).length > 1) expect(existsSync(join(whole.www, stateKey))).toBe(true)
    expectWhole(whole)
    return result
  })
  await unpublish(whole.options, 'default', flags, { open })
  expect(contents(whole.www)).toEqual(unmanaged)
  expect(calls.slice(-2)).toEqual([
    { name: 'remove', what: stateKey },
    { name: 'remove', what: lockKey },
  ])

  const cases = Object.entries(faults).flatMap(([name, fault]) =>
    calls.map((_, i) => ({ name, fault, k: i + 1 })),
  )
  process.stdout.write(`${cases.length} faults of unpublish\n`)
  // Most of their time, they wait for the lock of a dead one.
  await inParallel(cases, 16, async ({ name, fault, k }) => {
    const label = `call ${k} (${calls[k - 1]!.name} ${calls[k - 1]!.what}) ${name}`
    const project = await published()
    const run = unpublish(project.options, 'default', flags, { open: faulty(fault(k)).open })
    if (k === calls.length) {
      expect((await run).notices.join(), label).toContain('The lock could not be removed')
    } else {
      const exitCode = name.startsWith('is not authorised') ? 7 : 4
      await expect(run, label).rejects.toMatchObject({ exitCode })
    }
    expectWhole(project)
    expect(project.published(), label).toMatchObject(unmanaged)
    killedLongAgo(project)
    if (k % 3 === 0) {
      // Or the site is wanted after all.
      await publish(project.options, undefined, flags, { lease: 4000 })
      expect(project.published(), label).toEqual({ ...versions[1], ...unmanaged })
    } else {
      await unpublish(project.options, 'default', flags, { lease: 4000 })
      expect(contents(project.www), label).toEqual(unmanaged)
      expect(await unpublish(project.options, 'default', flags), label).toMatchObject({ found: false })
    }
  })
})

test('a call that fails once is made again', async () => {
  const project = await projectWith('the first version')
  for (let k = 1; k <= 8; k++) {
    const version = versions[k % 2 === 0 ? 0 : 1]
    project.build(version)
    const { calls, open } = faulty((call, work) =>
      call === k ? Promise.reject(broken('unavailable')) : work(),
    )
    await publish(project.options, undefined, flags, { open })
    expect(calls[k]).toEqual(calls[k - 1])
    expect(project.published()).toEqual({ ...version, ...unmanaged })
  }
})

test('a publish whose response to writing the state was lost knows that it wrote it', async () => {
  const project = await projectWith('nothing')
  let lost = false
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const result = await work()
    if (!lost && isStateWrite(storage.calls[call - 1]!)) {
      lost = true
      throw broken('unavailable')
    }
    return result
  })
  await publish(project.options, undefined, flags, { open: storage.open })
  expect(lost).toBe(true)
  expect(project.published()).toEqual({ ...versions[1], ...unmanaged })
})

test('an unmanaged object that was never overwritten is not taken for the site’s', async () => {
  const project = await projectWith('nothing')
  writeFileSync(join(project.www, 'logo.png'), 'an unmanaged logo')
  // The process dies after it recorded what it is about to write.
  let recorded = false
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    if (recorded) throw broken()
    const result = await work()
    recorded = isStateWrite(storage.calls[call - 1]!)
    return result
  })
  await expect(publish(project.options, undefined, flags, { open: storage.open })).rejects.toThrow()
  expect(recorded).toBe(true)
  project.build({ 'index.html': 'no logo' })
  await publishAfterDeath(project)
  expect(project.published()).toEqual({
    'index.html': 'no logo',
    'logo.png': 'an unmanaged logo',
    ...unmanaged,
  })
})

const isStateWrite = ({ name, what }: Call) => name === 'put' && what === stateKey
