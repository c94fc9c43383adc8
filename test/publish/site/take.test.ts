import fs, { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { PublishContext } from '../../../src/publish/options.ts'
import { publish } from '../../../src/publish/publish.ts'
import { faulty } from '../faulty.ts'
import { blog, contents, Project } from '../project.ts'

const flags = { yes: true, concurrency: 1, maxDeletes: 9 }
const run = (project: Project, context: PublishContext = {}) =>
  publish(project.options, undefined, flags, context)

/** What publishes left beside the site. */
const leftovers = (project: Project) =>
  readdirSync(dirname(project.siteDir)).filter((name) => name.includes('.publishing-'))

/** A storage; before the upload of a key, `work` runs once. */
function before(key: string, work: () => unknown) {
  let done = false
  const storage: ReturnType<typeof faulty> = faulty(async (call, put) => {
    const { name, what } = storage.calls[call - 1]!
    if (!done && name === 'put' && what === key) {
      done = true
      await work()
    }
    return put()
  })
  return storage
}

/** Makes every hard link impossible. */
function withoutHardLinks(): void {
  vi.spyOn(fs, 'linkSync').mockImplementation(() => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
  })
  syncBuiltinESMExports()
}
afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

test('a build during the uploads does not change what is published', async () => {
  const project = new Project()
  project.build(blog('1'))
  await run(project)
  project.build(blog('2'))
  await run(project, { open: before('about/index.html', () => project.build(blog('3'))).open })
  expect(contents(project.siteDir)).toEqual(blog('3'))
  expect(project.published()).toEqual(blog('2'))
  expect(leftovers(project)).toEqual([])
  await run(project)
  expect(project.published()).toEqual(blog('3'))
})

test('a folder of the publish that is removed during the uploads fails it after what was done', async () => {
  const project = new Project()
  project.build(blog('1'))
  const { open } = before('about/index.html', () => {
    fs.rmSync(dirname(project.siteDir), { recursive: true })
    mkdirSync(dirname(project.siteDir))
  })
  await expect(run(project, { open })).rejects.toMatchObject({ code: 'TRANSFER_FAILED', exitCode: 4 })
})

test('a build between the plan and the first upload is refused, and nothing was changed', async () => {
  const project = new Project()
  project.build(blog('1'))
  await run(project)
  const published = contents(project.www)
  project.build(blog('2'))
  const { calls, open } = faulty((_, work) => work())
  const refused = run(project, { open, onPlan: () => project.build(blog('3')) })
  await expect(refused).rejects.toMatchObject({ code: 'SITE_CHANGED', exitCode: 3 })
  await expect(refused).rejects.toThrow('`logo.png` has another content')
  expect(contents(project.www)).toEqual(published)
  expect(calls.filter(({ name, what }) => name === 'put' && !what.endsWith('lock.json'))).toEqual([])
  expect(leftovers(project)).toEqual([])
})

test.each(['with hard links', 'without hard links'])(
  'a file that is edited during the uploads fails the publish after what was done, %s',
  async (how) => {
    if (how === 'without hard links') withoutHardLinks()
    const project = new Project()
    project.build(blog('1'))
    await run(project)
    project.build(blog('2'))
    const failed = run(project, {
      open: before('about/index.html', () => project.write('dist/static/index.html', 'edited')).open,
    })
    await expect(failed).rejects.toMatchObject({
      code: 'TRANSFER_FAILED',
      exitCode: 4,
      message: expect.stringContaining('`index.html` has another content') as string,
      hint: expect.stringContaining('Nothing was deleted') as string,
    })
    // The root page comes last. What came before it is there, and nothing of the first version is gone.
    const { 'index.html': oldHome } = blog('1')
    expect(project.published()).toEqual({ ...blog('1'), ...blog('2'), 'index.html': oldHome })
    expect(leftovers(project)).toEqual([])
    project.build(blog('2'))
    const { counts } = await run(project)
    expect(counts).toMatchObject({ upload: 0, update: 1, delete: 1 })
    expect(project.published()).toEqual(blog('2'))
  },
)

describe('without hard links', () => {
  test('the files are published from where they are', async () => {
    withoutHardLinks()
    const project = new Project()
    project.build(blog('1'))
    await run(project)
    expect(fs.linkSync).toHaveBeenCalled()
    expect(project.published()).toEqual(blog('1'))
  })

  test('a build during the uploads fails the publish after what was done', async () => {
    withoutHardLinks()
    const project = new Project()
    project.build(blog('1'))
    await run(project)
    project.build(blog('2'))
    const failed = run(project, { open: before('about/index.html', () => project.build(blog('3'))).open })
    await expect(failed).rejects.toMatchObject({ code: 'TRANSFER_FAILED', exitCode: 4 })
    await run(project)
    expect(project.published()).toEqual(blog('3'))
  })
})

test('a site of symbolic links is published', async () => {
  const project = new Project()
  project.build(blog('1'))
  project.write('elsewhere/logo.png', blog('1')['logo.png'] as string)
  fs.rmSync(`${project.siteDir}/logo.png`)
  fs.symlinkSync('../../elsewhere/logo.png', `${project.siteDir}/logo.png`)
  await run(project)
  expect(project.published()).toEqual(blog('1'))
})

test('the folder of a publish that died is removed, and no other', async () => {
  const project = new Project()
  project.build(blog('1'))
  const abandoned = `${project.siteDir}.publishing-${hostname()}`
  // A process that has ended, this process, one that lives, and another machine's.
  const names = [`${abandoned}-999999999-aaaaaa`, `${abandoned}-${process.pid}-bbbbbb`]
  const kept = [`${abandoned}-${process.ppid}-cccccc`, `${abandoned}x-999999999-dddddd`]
  for (const path of [...names, ...kept]) {
    mkdirSync(path)
    writeFileSync(`${path}/file`, '')
  }
  const during: string[][] = []
  const open = before('about/index.html', async () => {
    during.push(leftovers(project))
    // Another publish of this process leaves the folder of the first alone.
    await publish(project.options, undefined, { dryRun: true })
    during.push(leftovers(project))
  })
  await run(project, { open: open.open })
  expect(names.filter(existsSync)).toEqual([])
  expect(kept.filter(existsSync)).toEqual(kept)
  expect(during[0]).toHaveLength(3)
  expect(during[1]).toEqual(during[0])
  expect(leftovers(project)).toHaveLength(2)
})

test('files of one content are linked once', async () => {
  const project = new Project()
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}.html`, 'same']))
  project.build({ 'index.html': 'home', ...many })
  const link = vi.spyOn(fs, 'linkSync')
  syncBuiltinESMExports()
  await run(project)
  // The two contents, and the manifest.
  expect(link.mock.results.filter(({ type }) => type === 'return')).toHaveLength(3)
  expect(project.published()).toEqual({ 'index.html': 'home', ...many })
})
