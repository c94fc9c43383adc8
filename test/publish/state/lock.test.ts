import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { publish } from '../../../src/publish/publish.ts'
import { deferred } from '../deferred.ts'
import { broken, faulty, type Call } from '../faulty.ts'
import { blog, Project } from '../project.ts'

const flags = { yes: true, concurrency: 1 }
const lockKey = '.vite-distill/lock.json'
const lockOf = ({ www }: Project) => join(www, lockKey)

/** Leaves a lock that was last renewed `age` milliseconds ago. */
function writeLock(project: Project, content: object, age = 0) {
  const written = new Date(Date.now() - age)
  mkdirSync(dirname(lockOf(project)), { recursive: true })
  writeFileSync(lockOf(project), JSON.stringify(content))
  utimesSync(lockOf(project), written, written)
}

const ann = { run: 'x', owner: 'ann@desk', since: '2031-05-06T07:08:09.000Z', renewed: 0 }

/** A storage where something happens once, after the first call that `when` accepts. */
function meeting(when: (call: Call) => boolean, happening: () => Promise<unknown>) {
  let happened = false
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const result = await work()
    if (!happened && when(storage.calls[call - 1]!)) {
      happened = true
      await happening()
    }
    return result
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

test('of two that reach the lock at once, one publishes and the other stops', async () => {
  for (let round = 0; round < 5; round++) {
    const { first, second } = two()
    const bothAtLock = deferred()
    const oneStopped = deferred()
    let atLock = 0
    const uploading = new Set<Project>()
    const run = (project: Project) => {
      let tried = false
      const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
        const { name, what } = storage.calls[call - 1]!
        if (!tried && name === 'put' && what === lockKey) {
          tried = true
          if (++atLock === 2) bothAtLock.resolve()
          await bothAtLock.promise
        }
        if (isUpload({ name, what })) {
          uploading.add(project)
          if (uploading.size > 1) oneStopped.reject(new Error('both upload'))
          // The lock is held until the other publish has met it.
          await oneStopped.promise
        }
        return work()
      })
      return publish(project.options, undefined, flags, { open: storage.open }).catch((error: unknown) => {
        oneStopped.resolve()
        throw error
      })
    }
    const results = await Promise.allSettled([run(first), run(second)])
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(failures.map(String)).toHaveLength(1)
    expect(failures[0]).toMatchObject({ code: 'LOCKED', exitCode: 6 })
    const winner = results[0].status === 'fulfilled' ? blog('1') : { 'index.html': 'second' }
    expect(first.published()).toEqual(winner)
  }
})

test('a publish that another one overtook makes a new plan', async () => {
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

test('a build whose clock was ahead: how far, and what to do', async () => {
  const project = new Project()
  const createdAt = new Date(Date.now() + 7_500_000).toISOString()
  project.build({ 'index.html': 'of tomorrow' }, { createdAt })
  await project.publish()
  project.build({ 'index.html': 'of today' })
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 3, code: 'SITE_OLDER' })
  expect(error.message).toMatch(
    /built later, at 20\d\d-.+Z; the clock of the machine that built it was at least 12\d min \d+ s ahead/,
  )
  expect(error.hint).toContain('set that clock')
  expect(error.hint).toContain('`--allow-older` once')
  await project.publish('--allow-older')
  project.build({ 'index.html': 'a later one' })
  await project.publish()
  expect(project.published()).toEqual({ 'index.html': 'a later one' })
})

test('a build whose clock was ahead when it was published, and is not any more', async () => {
  const project = new Project()
  project.build({ 'index.html': 'of tomorrow' })
  await project.publish()
  const path = join(project.www, '.vite-distill/state.json')
  const header = { createdAt: '2026-05-06T12:00:00.000Z', publishedAt: '2026-05-06T09:30:00.000Z' }
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text.replace(/"createdAt":"[^"]+","publishedAt":"[^"]+"/, JSON.stringify(header).slice(1, -1)),
  )
  project.build({ 'index.html': 'before noon' }, { createdAt: '2026-05-06T11:00:00.000Z' })
  expect((await project.fail()).message).toContain('was at least 150 min 0 s ahead')
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

  writeLock(project, ann, 1000)
  await publish(project.options, undefined, flags, { lease: 100 })
  expect(project.published()).toEqual(blog())
  expect(existsSync(lockOf(project))).toBe(false)
})

test.each([
  ['old', 3_600_000],
  ['of the future', -3_600_000],
])('a lock that seems %s but is renewed has a living owner with another clock', async (_, age) => {
  const project = new Project()
  project.build(blog())
  writeLock(project, ann, age)
  // The owner renews it after each look at it.
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const result = await work()
    const { name, what } = storage.calls[call - 1]!
    if (name === 'list' && what === lockKey) writeLock(project, { ...ann, renewed: call }, age)
    return result
  })
  const run = publish(project.options, undefined, flags, { lease: 200, open: storage.open })
  await expect(run).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining('ann@desk') })
  // Nobody renews it any more.
  await publish(project.options, undefined, flags, { lease: 200 })
})

test('a lock is renewed for as long as it is needed', async () => {
  const { first, second } = two()
  const renewed = () => (JSON.parse(readFileSync(lockOf(first), 'utf8')) as { renewed: number }).renewed
  const refused: unknown[] = []
  const { open } = meeting(isUpload, async () => {
    for (let i = 1; i <= 5; i++) {
      await vi.waitFor(() => expect(renewed()).toBeGreaterThanOrEqual(i), { timeout: 10_000, interval: 5 })
      const run = publish(second.options, undefined, flags, { lease: 1000 })
      refused.push(await run.catch((error: { code?: string }) => error.code))
    }
  })
  await publish(first.options, undefined, flags, { open, lease: 1000 })
  expect(refused).toEqual(Array(5).fill('LOCKED'))
  expect(first.published()).toEqual(blog('1'))
})

test('a publish that lost the lock stops, and deletes nothing', async () => {
  const { first, second } = two()
  await publish(first.options, undefined, flags)
  const { 'about/index.html': _, ...rest } = blog('2')
  first.build(rest)
  // A renewal that fails reads the lock: this is the only time that a publish does.
  const noticed = deferred()
  let interfered = false
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const result = await work()
    const { name, what } = storage.calls[call - 1]!
    if (name === 'get' && what === lockKey) noticed.resolve()
    if (!interfered && isPage({ name, what })) {
      interfered = true
      await first.run(['unlock'])
      second.build({ ...blog('3'), 'index.html': 'third' })
      await publish(second.options, undefined, flags)
      await noticed.promise
      // The renewal ends before this upload does.
      await setImmediate()
    }
    return result
  })
  const run = publish(first.options, undefined, flags, { open: storage.open, lease: 4000 })
  await expect(run).rejects.toMatchObject({ code: 'LOCKED', exitCode: 6 })
  // Not even the phase it was in goes on.
  expect(storage.calls.filter(isPage)).toHaveLength(1)
  expect(storage.calls.some(({ name }) => name === 'remove')).toBe(false)
  await publish(second.options, undefined, { ...flags, allowOlder: true })
  expect(first.published()).toEqual({ ...blog('3'), 'index.html': 'third' })
})

test('a publish waits for another one if it is told to', async () => {
  const { first, second } = two()
  const waiting = deferred()
  const told: string[] = []
  const waits: Promise<unknown>[] = []
  const { open } = meeting(isUpload, async () => {
    waits.push(
      publish(
        second.options,
        undefined,
        { ...flags, wait: true },
        {
          onWait(why) {
            told.push(why)
            waiting.resolve()
          },
        },
      ),
    )
    await waiting.promise
  })
  await publish(first.options, undefined, flags, { open })
  await Promise.all(waits)
  expect(told).toEqual([expect.stringMatching(/is being published to by .+ since 20\d\d-.+Z: waiting until/)])
  expect(told[0]).toMatch(/If it died, its lock is taken over in (5\d|60) seconds\./)
  // It made a new plan.
  expect(first.published()).toEqual({ 'index.html': 'second' })
})

test('a publish waits no longer than it is told to', async () => {
  const project = new Project()
  project.build(blog())
  writeLock(project, ann)
  const began = Date.now()
  const error = await project.fail('--wait', '1')
  expect(error).toMatchObject({ exitCode: 6, code: 'LOCKED' })
  expect(error.stderr).toContain('waiting until that has ended')
  expect(Date.now() - began).toBeGreaterThan(1000)
  expect(existsSync(join(project.www, 'index.html'))).toBe(false)
  expect((await project.fail('--wait', 'default')).message).toContain('whole number')
})

test('it is said how long the lock of a dead publish is waited for', async () => {
  const project = new Project()
  project.build(blog())
  writeLock(project, ann, 10_000)
  expect((await project.fail()).hint).toMatch(/its lock can be taken over in (4\d|50) seconds/)
  writeLock(project, ann, 70_000)
  const told: string[] = []
  await publish(project.options, undefined, flags, { lease: 1000, onWait: (why) => told.push(why) })
  expect(told).toEqual([expect.stringContaining('taking it over in 1 seconds')])
  expect(told[0]).toContain('ann@desk')
})

test('credentials that expire leave the lock, and the error says so', async () => {
  const project = new Project()
  project.build(blog())
  let uploads = 0
  const expiring: ReturnType<typeof faulty> = faulty(async (call, work) => {
    if (isUpload(expiring.calls[call - 1]!)) uploads++
    if (uploads > 2) throw broken('unauthorised')
    return work()
  })
  const run = publish(project.options, undefined, flags, { open: expiring.open })
  await expect(run).rejects.toMatchObject({
    exitCode: 7,
    hint: expect.stringMatching(
      /Check the credentials.+The lock could not be removed: .+ `vite-distill unlock`/,
    ),
  })
  expect(existsSync(lockOf(project))).toBe(true)
  rmSync(lockOf(project))

  // Only uploads are denied.
  const denied: ReturnType<typeof faulty> = faulty((call, work) =>
    isUpload(denied.calls[call - 1]!) ? Promise.reject(broken('unauthorised')) : work(),
  )
  const again = publish(project.options, undefined, flags, { open: denied.open })
  await expect(again).rejects.toMatchObject({ exitCode: 7, hint: expect.not.stringContaining('lock') })
  expect(existsSync(lockOf(project))).toBe(false)
})

test('a machine that slept has lost the lock, even if its monotonic clock stood still', async () => {
  const { first, second } = two()
  let slept = false
  const { open } = meeting(isUpload, async () => {
    slept = true
    const now = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 50_000)
  })
  const run = publish(first.options, undefined, flags, { open })
  await expect(run).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining('not renewed') })
  vi.restoreAllMocks()
  expect(slept).toBe(true)
  expect(Object.keys(first.published())).toHaveLength(1)
  rmSync(lockOf(first))
  await publish(second.options, undefined, flags)
  expect(first.published()).toEqual({ 'index.html': 'second' })
})

test('a lock without readable content is a lock', async () => {
  const project = new Project()
  project.build(blog())
  writeLock(project, [])
  writeFileSync(lockOf(project), 'hello')
  expect((await project.fail()).message).toContain('by somebody since an unknown time')
})

test('unlock prints whose lock it removed, or that there was none', async () => {
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
    lock: { owner: 'ann@desk', since: ann.since },
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
  expect(result.notices.join()).toContain('run only one publish at a time')
  expect(calls.some(({ what }) => what === lockKey)).toBe(false)
})

test('a publish whose response to taking the lock was lost knows that it has it', async () => {
  const project = new Project()
  project.build(blog())
  let lost = 0
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const result = await work()
    const { name, what } = storage.calls[call - 1]!
    if (name === 'put' && what === lockKey && lost++ === 0) throw broken('unavailable')
    return result
  })
  await publish(project.options, undefined, flags, { open: storage.open })
  // The second one tries whether conditions work.
  expect(lost).toBe(2)
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
