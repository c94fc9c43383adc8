import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackend } from '../../src/backends/open.ts'
import type { PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { StateObject } from '../../src/publish/state/state-object.ts'
import { openStore } from '../../src/publish/store/store.ts'
import { sourceOf } from '../backends/source.ts'
import { startS3 } from '../servers/s3.ts'
import { clouds, type Cloud } from './clouds.ts'
import { faulty } from './faulty.ts'
import { blog, Project, type Content } from './project.ts'
import { record } from './samples.ts'

const script = 'assets/app-11111111.js'
const page = (says: string, name = script) => `<script type="module" src="/${name}"></script><h1>${says}</h1>`

/** Posts that name a script. */
const site = (version: string, posts = 20): Record<string, Content> => ({
  [script]: { content: 'app', hashed: true },
  'index.html': page(`home ${version}`),
  ...Object.fromEntries(
    Array.from({ length: posts }, (_, i) => [`posts/${i}/index.html`, page(`post ${i} ${version}`)]),
  ),
})

describe.each([...clouds, ['directory', undefined] as const])('%s', (_, start) => {
  let cloud: Cloud | undefined
  beforeAll(async () => {
    cloud = await start?.()
  })
  afterAll(() => cloud?.stop())

  test('`only` publishes the pages that match, and nothing else', async () => {
    const target = await cloud?.target()
    const project = new Project(target && { targets: { default: target } })
    const run = (flags: PublishFlags = {}) => publish(project.options, undefined, { yes: true, ...flags })
    const read = async (key: string) => {
      const backend = await openBackend(project.options.publish.default!, project.root)
      const object = await backend.get(key)
      backend.close?.()
      return object && Buffer.from(object.body).toString()
    }
    project.build(site('1'))
    await run()
    project.build({ ...site('2', 19), 'posts/new/index.html': page('new') })
    expect(await run({ only: ['posts/3'], dryRun: true })).toMatchObject({
      plan: [{ key: 'posts/3/index.html', action: 'update', reason: 'content' }],
    })
    const { plan } = await run({ only: ['posts/3', 'posts/new'] })
    expect(plan).toEqual([
      { key: 'posts/3/index.html', action: 'update', reason: 'content' },
      { key: 'posts/new/index.html', action: 'upload', reason: 'new' },
    ])
    expect(await read('posts/3/index.html')).toContain('post 3 2')
    expect(await read('posts/new/index.html')).toContain('new')
    expect(await read('posts/4/index.html')).toContain('post 4 1')
    expect(await read('posts/19/index.html')).toContain('post 19 1')
    expect(await read('.vite-distill/lock.json')).toBe(undefined)
    expect(await run({ only: ['posts/3'] })).toMatchObject({ plan: [], counts: { keep: 1 } })
    // What the pages' publish recorded is right for the next one.
    const whole = await run()
    expect(whole.counts).toEqual({ upload: 0, update: 19, headers: 0, keep: 3, delete: 1 })
    expect((await run()).plan).toEqual([])
  })
})

const textsOf = (files: Record<string, Content>) =>
  Object.fromEntries(
    Object.entries(files).map(([key, content]) => [
      key,
      typeof content === 'string' ? content : content.content,
    ]),
  )

/** A project with a published site, in a folder. */
async function published(files = site('1')) {
  const project = new Project()
  project.build(files)
  await project.publish()
  return project
}

test.each([
  [{ ...blog(), [script]: 'app' }, 'no page of the site matches `--only posts/3`', 2, 'USAGE'],
  [
    {
      ...site('2'),
      'assets/app-22222222.js': 'app 2',
      'posts/3/index.html': page('3', 'assets/app-22222222.js'),
    },
    /does not hold `assets\/app-22222222\.js`, which `posts\/3\/index\.html` names as it was built/,
    3,
    'PAGES_REFUSED',
  ],
  [{ ...site('2'), [script]: 'another app' }, /does not hold `assets\/app-11111111\.js`/, 3, 'PAGES_REFUSED'],
])('pages that would not work in the target are refused: %#', async (files, message, exitCode, code) => {
  const project = await published()
  project.build(files as Record<string, Content>)
  const before = project.published()
  expect(await project.fail('--only', 'posts/3')).toMatchObject({
    exitCode,
    code,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })
  expect(project.published()).toEqual(before)
})

test('pages of another site, of an older build, of nothing published, and flags of whole sites are refused', async () => {
  const project = await published()
  const only = ['--only', 'posts/3'] as const
  project.build(site('2'), { siteId: 'other' })
  expect(await project.fail(...only)).toMatchObject({ code: 'SITE_FOREIGN' })
  project.build(site('2'), { createdAt: '2020-01-01T00:00:00.000Z' })
  expect(await project.fail(...only)).toMatchObject({ code: 'SITE_OLDER' })
  project.build(site('2'))
  for (const flag of ['--adopt', '--ignore-remote-content', '--exclude-assets', '--max-deletes=3'])
    expect((await project.run(['publish', ...only, flag])).exitCode).toBe(2)
  expect(await project.fail(...only, '--verify', 'all')).toMatchObject({ code: 'USAGE' })
  const given = { yes: true, allowOlder: true }
  for (const key of [script, 'posts/99/index.html'])
    await expect(publish(project.options, undefined, given, { pages: [key] })).rejects.toMatchObject({
      code: 'PAGES_REFUSED',
      message: expect.stringContaining(`\`${key}\` is not a page of the site`),
    })
  const fresh = new Project()
  fresh.build(site('1'))
  expect(await fresh.fail(...only)).toMatchObject({
    code: 'PAGES_REFUSED',
    message: expect.stringContaining('nothing was published'),
  })
  expect(fresh.published()).toEqual({})
})

test('an unmanaged object in the place of a new page is overwritten only after a question', async () => {
  const project = await published()
  project.build({ ...site('1'), 'posts/new/index.html': page('new') })
  const backend = await openBackend(project.options.publish.default!, project.root)
  await backend.put('posts/new/index.html', sourceOf('by hand'), { headers: {} })
  expect(await project.fail('--only', 'posts/new')).toMatchObject({ code: 'OVERWRITES_UNCONFIRMED' })
  expect(project.published()['posts/new/index.html']).toBe('by hand')
  const { plan } = await project.publish('--only', 'posts/new', '--yes')
  expect(plan).toMatchObject([{ reason: 'unmanaged' }])
  expect(project.published()['posts/new/index.html']).toContain('new')
})

test('a page that something else changed is written again, as by a publish of the whole site', async () => {
  const project = await published()
  const backend = await openBackend(project.options.publish.default!, project.root)
  await backend.put('posts/3/index.html', sourceOf('by hand'), { headers: {} })
  await backend.remove([{ key: 'posts/4/index.html', etag: undefined }])
  const { plan } = await project.publish('--only', 'posts/3', '--only', 'posts/4')
  expect(plan).toMatchObject([{ reason: 'unknown' }, { reason: 'new' }])
  expect(project.published()).toEqual(textsOf(site('1')))
})

test('a publish of pages that dies at any request leaves what the next one needs', async () => {
  const project = await published()
  project.build({ ...site('2'), 'posts/new/index.html': page('new') })
  const flags = { yes: true, only: ['posts/3', 'posts/new'] }
  const whole = faulty((_, work) => work())
  // What it does to another copy of the target.
  const other = await published()
  other.build({ ...site('2'), 'posts/new/index.html': page('new') })
  await publish(other.options, undefined, flags, { open: whole.open })
  for (let last = 1; last < whole.calls.length; last++) {
    const storage = faulty(async (call, work) => {
      if (call > last) throw new Error('died')
      return work()
    })
    // Only a lock that cannot be removed is no failure.
    await publish(project.options, undefined, flags, { open: storage.open }).catch(() => {})
    const backend = await openBackend(project.options.publish.default!, project.root)
    await backend.remove([{ key: '.vite-distill/lock.json', etag: undefined }])
  }
  await publish(project.options, undefined, flags)
  expect(project.published()).toEqual(other.published())
  // The new page is the site's own, whoever wrote it: it goes with the site.
  project.build(site('1'))
  expect((await project.publish('--yes')).plan).toContainEqual({
    key: 'posts/new/index.html',
    action: 'delete',
    reason: 'orphan',
  })
})

test('one page takes at most ten requests, of 2,000 recorded keys and of 1,000,000', async () => {
  const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
  const counts = [2000, 1_000_000]
  const s3 = await startS3({ ...keys, buckets: counts.map((count) => `www-${count}`) })
  try {
    for (const count of counts) {
      const bucket = `www-${count}`
      const target = { backend: 's3', bucket, endpoint: s3.url, ...keys } as const
      const project = new Project({ targets: { default: target } })
      project.build(site('1'))
      await publish(project.options, undefined, { yes: true })
      // Records of pages around those of the site.
      const store = openStore(await openBackend(target, '.'), undefined)
      const state = new StateObject(store)
      const { state: found } = await state.read()
      function* changes() {
        for (let i = 0; i < count; i++) {
          const more = record(`posts/${10_000_000 + i}/index.html`)
          yield { key: more.key, recordAfter: () => more }
        }
      }
      await state.write(found!.header, { changes, headers: new Map() })
      project.build({ ...site('2'), 'posts/new/index.html': page('new') })
      for (const only of ['posts/3', 'posts/new']) {
        s3.requests.length = 0
        const { requests } = await publish(project.options, undefined, { yes: true, only: [only] })
        expect(s3.requests.length).toBeLessThanOrEqual(10)
        const { public: _, ...made } = requests
        expect(Object.values(made).reduce((sum, n) => sum + n)).toBe(s3.requests.length)
      }
      // Many edits leave few ranges behind.
      const ranges = () =>
        [...s3.buckets.get(bucket)!.objects.keys()].filter((key) => key.startsWith('.vite-distill/ranges/'))
      const before = ranges().length
      for (let i = 0; i < 12; i++) {
        project.build({ ...site('2'), 'posts/3/index.html': page(`edit ${i}`) })
        await publish(project.options, undefined, { yes: true, only: ['posts/3'] })
      }
      expect(ranges().length).toBeLessThan(before + 9)
      const { damaged } = await new StateObject(store).read()
      expect(damaged).toBe(false)
      store.close()
    }
  } finally {
    await s3.stop()
  }
})
