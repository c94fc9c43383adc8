import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { publish } from '../../../src/publish/publish.ts'
import { broken, faulty, type Call } from '../faulty.ts'
import { blog, Project } from '../project.ts'

const flags = { yes: true, concurrency: 1 }
const lockKey = '.vite-distill/lock.json'
const lockOf = ({ www }: Project) => join(www, lockKey)

function writeLock(project: Project, claim: object, age = 0) {
  const written = new Date(Date.now() - age)
  mkdirSync(dirname(lockOf(project)), { recursive: true })
  writeFileSync(lockOf(project), JSON.stringify(claim))
  utimesSync(lockOf(project), written, written)
}

const ann = { run: 'x', holder: 'ann@desk', since: '2031-05-06T07:08:09.000Z', renewed: 0 }

/** A storage where something happens once, after the first call that `when` is about. */
function meeting(when: (call: Call) => boolean, happening: () => Promise<unknown>) {
  let happened = false
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const answer = await work()
    if (!happened && when(storage.calls[call - 1]!)) {
      happened = true
      await happening()
    }
    return answer
  })
  return storage
}

const isUpload = ({ name, what }: Call) => name === 'put' && !what.startsWith('.vite-distill')
const isPage = (call: Call) => isUpload(call) && call.what.endsWith('.html')
const isListing = ({ name, what }: Call) => name === 'list' && what === ''

/** Two projects that publish to one folder. The second was built later. */
function two() {
  const first = new Project()
  first.build(blog('1'))
  const second = first.copy()
  second.targets({ default: { backend: 'directory', path: first.www } })
  second.build({ 'index.html': 'second' })
  return { first, second }
}

test('while one publishes, another one stops and says who it is and since when', async () => {
  const { first, second } = two()
  let refusal: unknown
  const { open } = meeting(isUpload, async () => {
    const began = Date.now()
    refusal = await publish(second.options, undefined, flags).catch((error: unknown) => error)
    expect(Date.now() - began).toBeLessThan(5000)
  })
  await publish(first.options, undefined, flags, { open })
  expect(refusal).toMatchObject({ exitCode: 6, code: 'LOCKED' })
  expect(String(refusal)).toMatch(/is being published to by .+ since 20\d\d-.+Z/)
  expect(first.published()).toEqual(blog('1'))
  expect(existsSync(lockOf(first))).toBe(false)
  await publish(second.options, undefined, flags)
  expect(first.published()).toEqual({ 'index.html': 'second' })
})

test('of two that begin at once, one publishes and the other stops', async () => {
  for (let round = 0; round < 5; round++) {
    const { first, second } = two()
    const results = await Promise.allSettled([
      publish(first.options, undefined, flags),
      publish(second.options, undefined, flags),
    ])
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(failures.map(String)).toHaveLength(1)
    // The later one may also have found the newer site there already.
    expect([3, 6]).toContain(failures[0].exitCode)
    const winner = results[0].status === 'fulfilled' ? blog('1') : { 'index.html': 'second' }
    expect(first.published()).toEqual(winner)
  }
})

test('who was overtaken while planning plans anew', async () => {
  const { first, second } = two()
  const { open } = meeting(isListing, () => publish(first.options, undefined, flags))
  const result = await publish(second.options, undefined, flags, { open })
  expect(result.counts).toMatchObject({ update: 1, delete: 5 })
  expect(first.published()).toEqual({ 'index.html': 'second' })
})

test('an older build does not overwrite a newer one, unless it is told to', async () => {
  const { first, second } = two()
  await second.publish()
  const error = await first.fail('--yes')
  expect(error).toMatchObject({ exitCode: 3, code: 'SITE_OLDER' })
  expect(error.hint).toContain('--allow-older')
  expect(first.published()).toEqual({ 'index.html': 'second' })
  const dry = await first.run(['publish', '--dry-run', '--json'])
  expect(JSON.parse(String(dry.stdout))).toMatchObject({ refused: { code: 'SITE_OLDER' } })
  await first.publish('--yes', '--allow-older')
  expect(first.published()).toEqual(blog('1'))
  // What is older and the same is no matter.
  second.build(blog('1'))
  await second.publish()
  expect((await first.publish()).counts).toMatchObject({ keep: 6 })
})

test('the lock of a dead publish is taken over, once its time is up', async () => {
  const project = new Project()
  project.build(blog())
  writeLock(project, ann)
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 6, code: 'LOCKED' })
  expect(error.message).toContain('ann@desk since 2031-05-06T07:08:09.000Z')
  expect(error.hint).toContain('vite-distill unlock')
  expect(existsSync(join(project.www, 'index.html'))).toBe(false)

  await sleep(100)
  await publish(project.options, undefined, flags, { lease: 100 })
  expect(project.published()).toEqual(blog())
  expect(existsSync(lockOf(project))).toBe(false)
})

test.each([
  ['old', 3_600_000],
  ['of the future', -3_600_000],
])('a lock that seems %s but is renewed is somebody’s whose clock differs', async (_, age) => {
  const project = new Project()
  project.build(blog())
  writeLock(project, ann, age)
  const renewing = setInterval(() => writeLock(project, { ...ann, renewed: Math.random() }, age), 20)
  try {
    const run = publish(project.options, undefined, flags, { lease: 200 })
    await expect(run).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining('ann@desk') })
  } finally {
    clearInterval(renewing)
  }
  await publish(project.options, undefined, flags, { lease: 200 })
})

test('a lock is renewed for as long as it is needed', async () => {
  const { first, second } = two()
  const seen = new Set<string>()
  let refused = 0
  const { open } = meeting(isUpload, async () => {
    for (let i = 0; i < 10; i++) {
      await sleep(50)
      seen.add(readFileSync(lockOf(first), 'utf8'))
      await publish(second.options, undefined, flags, { lease: 200 }).catch(() => refused++)
    }
  })
  await publish(first.options, undefined, flags, { open, lease: 200 })
  expect(seen.size).toBeGreaterThan(3)
  expect(refused).toBe(10)
  expect(first.published()).toEqual(blog('1'))
})

test('who lost the lock stops, and deletes nothing', async () => {
  const { first, second } = two()
  await publish(first.options, undefined, flags)
  const { 'about/index.html': _, ...rest } = blog('2')
  first.build(rest)
  const { open, calls } = meeting(isPage, async () => {
    await first.run(['unlock'])
    second.build({ ...blog('3'), 'index.html': 'third' })
    await publish(second.options, undefined, flags)
    await sleep(100)
  })
  const run = publish(first.options, undefined, flags, { open, lease: 100 })
  await expect(run).rejects.toMatchObject({ code: 'LOCKED', exitCode: 6 })
  // Not even the phase it was in goes on.
  expect(calls.filter(isPage)).toHaveLength(1)
  expect(calls.some(({ name }) => name === 'remove')).toBe(false)
  await publish(second.options, undefined, { ...flags, allowOlder: true })
  expect(first.published()).toEqual({ ...blog('3'), 'index.html': 'third' })
})

test('a lock that says nothing is one', async () => {
  const project = new Project()
  project.build(blog())
  writeLock(project, [])
  writeFileSync(lockOf(project), 'hello')
  expect((await project.fail()).message).toContain('by somebody since an unknown time')
})

test('unlock tells whose lock it removed, and where there is none', async () => {
  const project = new Project()
  project.build(blog())
  expect(await project.run(['unlock'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('is not locked'),
  })
  writeLock(project, ann)
  const { stdout } = await project.run(['unlock', '--json'])
  expect(JSON.parse(String(stdout))).toEqual({
    target: 'default',
    to: `${project.www}/`,
    lock: { holder: 'ann@desk', since: ann.since },
  })
  expect(existsSync(lockOf(project))).toBe(false)
  await project.publish()
})

test('neither a dry run nor one with nothing to do takes the lock', async () => {
  const project = new Project()
  project.build(blog())
  await project.publish()
  writeLock(project, ann)
  expect((await project.publish()).counts.keep).toBe(6)
  project.build(blog('2'))
  expect((await project.publish('--dry-run')).counts.update).toBe(5)
  rmSync(lockOf(project))
})

test('a storage that cannot write on a condition is published to with a warning', async () => {
  const project = new Project()
  project.build(blog())
  const { open, calls } = faulty((_, work) => work())
  const result = await publish(project.options, undefined, flags, {
    open: async (...args) => ({ ...(await open(...args)), conditional: false }),
  })
  expect(result.notices.join()).toContain('only one at a time')
  expect(calls.some(({ what }) => what === lockKey)).toBe(false)
})

test('a lock whose answer was lost is known for its own', async () => {
  const project = new Project()
  project.build(blog())
  let lost = 0
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const answer = await work()
    const { name, what } = storage.calls[call - 1]!
    if (name === 'put' && what === lockKey && lost++ === 0) throw broken('unavailable')
    return answer
  })
  await publish(project.options, undefined, flags, { open: storage.open })
  expect(lost).toBe(1)
  expect(project.published()).toEqual(blog())
  expect(existsSync(lockOf(project))).toBe(false)
})

test('assets of an earlier build stay for a while, and are gone after it', async () => {
  const project = new Project()
  const keepAssets = { deploys: 2 }
  project.targets({ default: { backend: 'directory', path: '../www', keepAssets } })
  const has = (version: string) => existsSync(join(project.www, `assets/app-${version}xxxxxxx.js`))
  const build = async (version: string) => {
    project.build(blog(version))
    await project.publish('--yes')
    // Again, with nothing to do: that is no other build.
    return project.publish('--yes')
  }
  await build('1')
  await build('2')
  expect([has('1'), has('2')]).toEqual([true, true])
  expect((await build('3')).counts).toMatchObject({ keep: 6 + 2 })
  expect([has('1'), has('2'), has('3')]).toEqual([true, true, true])
  await build('4')
  expect([has('1'), has('2'), has('3'), has('4')]).toEqual([false, true, true, true])
})
