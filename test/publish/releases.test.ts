import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'
import type { PublishContext, PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { listReleases } from '../../src/publish/releases.ts'
import { rollback } from '../../src/publish/rollback.ts'
import { sourceOf } from '../backends/source.ts'
import { clouds, type Cloud } from './clouds.ts'
import { broken, faulty } from './faulty.ts'
import { Project, type Content } from './project.ts'
import { serving } from './serve.ts'

const redirect = (to: string): Content => ({
  content: `<meta http-equiv="refresh" content="0; url=${to}">`,
  kind: 'redirect',
  redirect: { to, status: 301 },
})

/** Versions differ in a script with a hash in its name, two pages, a redirect and a header. */
function site(version: number): Record<string, Content> {
  const script = `assets/app-${String(version).repeat(8)}.js`
  return {
    [script]: { content: `app ${version}`, hashed: true },
    'index.html': `<script src="/${script}"></script>home ${version}`,
    'about/index.html': 'about',
    'news/index.html': {
      content: 'news',
      headers: { 'content-type': 'text/html', 'cache-control': `max-age=${version}` },
    },
    'old/index.html': redirect(`/about/?${version}`),
    // The same content under another key, as after a renaming.
    [`only-${version}.txt`]: 'text',
  }
}

const textOf = (content: Content) => (typeof content === 'string' ? content : String(content.content))
const textsOf = (files: Record<string, Content>) =>
  Object.fromEntries(Object.entries(files).map(([key, content]) => [key, textOf(content)]))
const own = (key: string) => key.startsWith('.vite-distill/')

describe.each([...clouds, ['directory', undefined] as const])('%s', (_, start) => {
  let cloud: Cloud | undefined
  beforeAll(async () => {
    cloud = await start?.()
  })
  afterAll(() => cloud?.stop())

  async function target() {
    const given = await cloud?.target()
    const project = new Project()
    const default_ = given ?? project.options.publish.default!
    const publicUrl = given && (await serving((request) => readThrough(cloud!.addressOf(given), request)))
    project.targets({ default: { ...default_, releases: 2, publicUrl } })
    const stored = async () => {
      const backend = await openBackend(project.options.publish.default!, project.root)
      const keys: string[] = []
      for await (const page of backend.list('')) keys.push(...page.map(({ key }) => key))
      const files: Record<string, string> = {}
      for (const key of keys.filter((key) => !own(key)).sort())
        files[key] = Buffer.from((await backend.get(key))!.body).toString()
      backend.close?.()
      return { files, own: keys.filter(own) }
    }
    return {
      project,
      stored,
      publish: (flags: PublishFlags = {}, context: PublishContext = {}) =>
        publish(project.options, undefined, { yes: true, maxDeletes: 9, ...flags }, context),
      rollback: (release?: number, flags = {}, context: PublishContext = {}) =>
        rollback(project.options, undefined, release, { yes: true, maxDeletes: 9, ...flags }, context),
      releases: () => listReleases(project.options, undefined),
      header: async (key: string) =>
        given && (await fetch(cloud!.addressOf(given) + key)).headers.get('cache-control'),
    }
  }

  test('a publish is taken back, with its assets, headers and redirects, and that is taken back too', async () => {
    const { project, publish, rollback, releases, stored, header } = await target()
    await expect(rollback()).rejects.toMatchObject({ code: 'RELEASE_UNKNOWN', exitCode: 2 })
    for (const version of [1, 2, 3]) {
      project.build(site(version))
      await publish()
    }
    expect((await stored()).files).toEqual(textsOf(site(3)))
    expect((await releases()).releases).toMatchObject([
      {
        release: 3,
        current: true,
        counts: { upload: 2, delete: 2 },
        changes: {
          added: ['assets/app-33333333.js', 'only-3.txt'],
          removed: ['assets/app-22222222.js', 'only-2.txt'],
        },
      },
      { release: 2, current: false },
      { release: 1, current: false, changes: null },
    ])
    const back = await rollback(1)
    expect(back).toMatchObject({ release: 1, bytes: 0, counts: { upload: 2, delete: 2 } })
    expect(back.verified).toBe(cloud ? 5 : null)
    expect((await stored()).files).toEqual(textsOf(site(1)))
    if (cloud) expect(await header('news/index.html')).toBe('max-age=1')
    // Without a number: what was there before.
    await rollback()
    expect((await stored()).files).toEqual(textsOf(site(3)))
    if (cloud) expect(await header('news/index.html')).toBe('max-age=3')
    expect((await releases()).releases).toMatchObject([
      { release: 5, current: true, of: 3 },
      { release: 4, of: 1 },
      { release: 3 },
    ])
    expect(await rollback(5)).toMatchObject({ plan: [] })
    // A publish knows what it finds.
    expect((await publish()).plan).toEqual([])
  })

  test('what no release needs goes', async () => {
    const { project, publish, stored, releases } = await target()
    const sizes: number[] = []
    for (const version of [1, 2, 3, 4, 5, 6]) {
      project.build(site(version))
      await publish()
      sizes.push((await stored()).own.length)
    }
    // The index, three ranges, the objects of each of two releases, and the text of both. A folder keeps no headers.
    const objects = cloud ? 4 : 3
    expect(sizes.slice(3)).toEqual(Array(3).fill(5 + 2 * objects))
    const { releases: kept } = await releases()
    expect(kept.map(({ release }) => release)).toEqual([6, 5, 4])
    // Turned off: also where nothing else changes, and where pages are published before.
    project.targets({ default: { ...project.options.publish.default!, releases: 0 } })
    project.build({ ...site(6), 'about/index.html': 'edited' })
    await publish({ only: ['about'] })
    expect((await publish()).plan).toEqual([])
    expect((await stored()).own).toEqual(['.vite-distill/state.json'])
  })
})

/** Files of a bucket, with index documents. */
async function readThrough(address: string, { url }: Request): Promise<Response> {
  const { pathname } = new URL(url)
  const response = await fetch(address + pathname.slice(1) + (pathname.endsWith('/') ? 'index.html' : ''), {
    redirect: 'manual',
  })
  const headers = new Headers(response.headers)
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection'])
    headers.delete(name)
  return new Response(await response.arrayBuffer(), { status: response.status, headers })
}

/** A folder to which the versions were published. */
async function published(...versions: number[]) {
  const project = new Project({ targets: { default: { backend: 'directory', path: '../www', releases: 2 } } })
  const run = (flags: PublishFlags = {}, context: PublishContext = {}) =>
    publish(project.options, undefined, { yes: true, maxDeletes: 9, ...flags }, context)
  const back = (release?: number, context: PublishContext = {}) =>
    rollback(project.options, undefined, release, { yes: true, maxDeletes: 9 }, context)
  const open = (): Promise<Backend> => openBackend(project.options.publish.default!, project.root)
  for (const version of versions) {
    project.build(site(version))
    await run()
  }
  return { project, run, back, open }
}

test('pages that were published alone are undone with the release before them', async () => {
  const { project, run, back } = await published(1, 2)
  project.build({ ...site(2), 'about/index.html': 'edited' })
  await run({ only: ['about'] })
  project.build({ ...site(2), 'about/index.html': 'edited again' })
  await run({ only: ['about'] })
  const { releases, changedSince } = await listReleases(project.options, undefined)
  expect(changedSince).toBe(true)
  expect(releases.map(({ release }) => release)).toEqual([2, 1])
  await back()
  expect(project.published()).toEqual(textsOf(site(2)))
})

test('a publish that failed half-way is undone', async () => {
  const { project, run, back } = await published(1)
  project.build(site(2))
  const storage = faulty(async (call, work) => {
    if (storage.calls[call - 1]!.what === 'index.html') throw new Error('died')
    return work()
  })
  await expect(run({}, { open: storage.open })).rejects.toThrow()
  await back()
  expect(project.published()).toEqual(textsOf(site(1)))
})

test('a rollback that fails or is stopped says to roll back to the same release again', async () => {
  const { project, back } = await published(1, 2)
  const again = 'oll back to release 1 again (`vite-distill rollback default 1`)'
  const failing = faulty(async (call, work) => {
    if (failing.calls[call - 1]!.what.endsWith(' index.html')) throw broken()
    return work()
  })
  await expect(back(1, { open: failing.open })).rejects.toMatchObject({
    exitCode: 4,
    hint: expect.stringContaining(again),
  })
  const stop = new AbortController()
  const stopped = faulty(async (call, work) => {
    if (stopped.calls[call - 1]!.what.endsWith(' index.html')) stop.abort()
    return work()
  })
  await expect(back(1, { open: stopped.open, signal: stop.signal })).rejects.toMatchObject({
    code: 'INTERRUPTED',
    hint: expect.stringContaining(again),
  })
  await back(1)
  expect(project.published()).toEqual(textsOf(site(1)))
})

test('a rollback that dies at any request is finished by the next, and no page is ever without its script', async () => {
  const { back: probe } = await published(1, 2)
  const whole = faulty((_, work) => work())
  await probe(1, { open: whole.open })
  const { project, back, open } = await published(1, 2)
  for (let last = 1; last < whole.calls.length; last++) {
    const storage = faulty(async (call, work) => {
      if (call > last) throw new Error('died')
      return work()
    })
    await back(1, { open: storage.open }).catch(() => {})
    const files = project.published()
    const script = /src="\/([^"]+)"/.exec(files['index.html']!)![1]!
    expect(Object.keys(files)).toContain(script)
    const backend = await open()
    await backend.remove([{ key: '.vite-distill/lock.json', etag: undefined }])
  }
  await back(1)
  expect(project.published()).toEqual(textsOf(site(1)))
  // Nothing that the deaths left stays.
  await back(2)
  const backend = await open()
  const left: string[] = []
  for await (const page of backend.list('.vite-distill/objects/')) left.push(...page.map(({ key }) => key))
  const { releases } = await listReleases(project.options, undefined)
  expect(left.length).toBeLessThanOrEqual(5 * (releases.length - 1))
})

test('a release whose objects are gone is refused, and nothing changes', async () => {
  const { project, back, open } = await published(1, 2)
  const backend = await open()
  const kept: string[] = []
  for await (const page of backend.list('.vite-distill/objects/')) kept.push(...page.map(({ key }) => key))
  await backend.remove([{ key: kept[0]!, etag: undefined }])
  const before = project.published()
  await expect(back()).rejects.toMatchObject({ code: 'RELEASE_INCOMPLETE', exitCode: 3 })
  expect(project.published()).toEqual(before)
  await expect(back(9)).rejects.toMatchObject({
    code: 'RELEASE_UNKNOWN',
    hint: 'It keeps `2`, `1`: list them with `vite-distill releases`.',
  })
})

test('a release whose list of keys is lost stops neither the list of the others nor a publish', async () => {
  const { project, run, back, open } = await published(1, 2, 3)
  const backend = await open()
  const ranges = async () => {
    const keys: string[] = []
    for await (const page of backend.list('.vite-distill/ranges/')) keys.push(...page.map(({ key }) => key))
    return keys
  }
  const index = JSON.parse(Buffer.from((await backend.get('.vite-distill/state.json'))!.body).toString()) as {
    releases: { ranges: string[] }[]
  }
  await backend.remove(
    (await ranges())
      .filter((key) => key.includes(index.releases[2]!.ranges[0]!))
      .map((key) => ({ key, etag: undefined })),
  )
  expect((await listReleases(project.options, undefined)).releases).toMatchObject([
    { release: 3, changes: { added: ['assets/app-33333333.js', 'only-3.txt'] } },
    { release: 2, changes: null },
    { release: 1, changes: null },
  ])
  await expect(back(1)).rejects.toMatchObject({ code: 'STATE_DAMAGED' })
  await back(2)
  expect(project.published()).toEqual(textsOf(site(2)))
  project.build(site(4))
  await run()
  expect(project.published()).toEqual(textsOf(site(4)))
})

test('an object that something else changed is no part of a release', async () => {
  const { project, run, back, open } = await published(1)
  const backend = await open()
  await backend.put('about/index.html', sourceOf('by hand'), { headers: {} })
  project.build({ ...site(2), 'about/index.html': 'about 2' })
  await run()
  // The first release had `about`, and nobody kept it.
  await expect(back()).rejects.toMatchObject({ code: 'RELEASE_INCOMPLETE' })
})

test('`releases` of a storage that cannot copy is refused', async () => {
  const { project, run } = await published()
  project.build(site(1))
  const open = async (...args: Parameters<typeof openBackend>) => ({
    ...(await openBackend(...args)),
    copy: undefined,
  })
  await expect(run({}, { open })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})

test('the commands list releases and put one back', async () => {
  const { project } = await published(1, 2)
  const listed = await project.run(['releases'])
  expect(listed.exitCode).toBe(0)
  expect(String(listed.stdout)).toMatch(/ 2 {2}published .*current\n.*\n.*\+ assets\/app-22222222\.js/)
  const asks = await project.run(['rollback', 'default', '1', '--max-deletes', '9'])
  expect(asks.exitCode).toBe(3)
  const back = await project.run(['rollback', 'default', '1', '--max-deletes', '9', '--yes'])
  expect(String(back.stdout)).toContain('Put back release 1')
  expect(String(back.stderr)).toContain(`Rolling back ${project.www}/`)
  expect(project.published()).toEqual(textsOf(site(1)))
  // The only target need not be named.
  const forth = await project.run(['rollback', '2', '--max-deletes', '9', '--yes'])
  expect(String(forth.stdout)).toContain('Put back release 2')
  for (const wrong of ['0', 'x', '-1'])
    expect((await project.run(['rollback', 'default', wrong])).exitCode).toBe(2)
})
