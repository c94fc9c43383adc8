import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadSdk } from '../../src/backends/s3/sdk.ts'
import { openBackend } from '../../src/backends/open.ts'
import type { Target } from '../../src/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { testPublish } from '../../src/publish/test-publish.ts'
import { unlockTarget } from '../../src/publish/unlock.ts'
import { sourceOf } from '../backends/source.ts'
import { removeKeys } from '../backends/storage.ts'
import { startS3 } from '../servers/s3.ts'
import { clouds, type Cloud } from './clouds.ts'
import { blog, Project } from './project.ts'
import { serving } from './serve.ts'

const stateKey = '.vite-distill/state.json'
const lockKey = '.vite-distill/lock.json'

/** A folder is a storage too: its targets have a `statePath`. */
const directory = async (): Promise<Cloud> => ({
  target: async () => ({ backend: 'directory', path: `${new Project().home}/www` }),
  statePlace: async () => ({ statePath: `${new Project().home}/state` }),
  addressOf: () => '',
  stop: async () => {},
})

describe.each([...clouds, ['directory', directory] as [string, () => Promise<Cloud>]])(
  '%s',
  (name, start) => {
    let cloud: Cloud
    beforeAll(async () => {
      cloud = await start()
    })
    afterAll(() => cloud.stop())

    async function storage<T>(
      target: Target,
      use: (backend: Awaited<ReturnType<typeof openBackend>>) => Promise<T>,
    ) {
      const backend = await openBackend(target, '.')
      try {
        return await use(backend)
      } finally {
        backend.close?.()
      }
    }
    const keys = (target: Target) =>
      storage(target, async (backend) => {
        const found: string[] = []
        for await (const page of backend.list('')) found.push(...page.map(({ key }) => key))
        return found.sort()
      })
    const textOf = (target: Target, key: string) =>
      storage(target, async (backend) => Buffer.from((await backend.get(key))?.body ?? []).toString())

    /** The second place, as a target. */
    const placeIn = (target: Target, place: object) => {
      const { stateBucket, stateContainer, statePath } = place as Record<string, string>
      const same = { ...target, bucket: stateBucket, container: stateContainer, path: statePath }
      return same as Target
    }

    async function project(options: object = {}) {
      const target = await cloud.target()
      const place = await cloud.statePlace()
      const project = new Project()
      const set = (more: object = {}) =>
        project.targets({ default: { ...target, ...options, ...more } as Target })
      set(place)
      return {
        project,
        target,
        set,
        place,
        placeTarget: placeIn(target, place),
        run: (flags = {}) => publish(project.options, undefined, { yes: true, ...flags }),
      }
    }

    test('a copy between the site and our own keys crosses from one place to the other', async () => {
      const { target, place, placeTarget } = await project()
      const headers = { 'content-type': 'text/plain', 'cache-control': 'max-age=7' }
      const kept = '.vite-distill/objects/1'
      const both = await openBackend({ ...target, ...place } as Target, '.')
      const first = await both.put('a b.txt', sourceOf('a'), { headers })
      const copied = await both.copy!('a b.txt', kept, { headers, ifSourceMatch: first.etag, ifMatch: null })
      expect(await keys(target)).toEqual(['a b.txt'])
      expect(await keys(placeTarget)).toEqual([expect.stringMatching(/.\/\.vite-distill\/objects\/1$/)])
      const again = { headers, ifSourceMatch: copied.etag }
      await both.copy!(kept, '.vite-distill/objects/2', again)
      expect((await keys(placeTarget)).map((key) => key.slice(-1))).toEqual(['1', '2'])
      const { etag } = await both.copy!(kept, 'b/ü.txt', again)
      expect(await keys(target)).toEqual(['a b.txt', 'b/ü.txt'])
      expect(await textOf(target, 'b/ü.txt')).toBe('a')
      expect((await both.get('b/ü.txt'))!.etag).toBe(etag)
      if (both.keepsHeaders) {
        const response = await fetch(`${cloud.addressOf(target)}b/%C3%BC.txt`)
        expect(await response.text()).toBe('a')
        expect(Object.fromEntries(response.headers)).toMatchObject(headers)
      }
      await both.put(kept, sourceOf('other'), { headers })
      await expect(both.copy!(kept, 'b/ü.txt', again)).rejects.toMatchObject({ kind: 'precondition' })
      const gone = both.copy!('none.txt', kept, { headers, ifSourceMatch: etag })
      await expect(gone).rejects.toMatchObject({ kind: 'precondition' })
      both.close?.()
    })

    test('the state and the lock are in the second place, and nothing else is', async () => {
      const { project: site, target, placeTarget, place, run, set } = await project()
      site.build(blog('1'))
      expect(await run()).toMatchObject({ counts: { upload: 6 }, unmanaged: 0 })
      expect(await keys(target)).toEqual([stateKey, ...Object.keys(blog('1'))].sort())
      const [key, ...rest] = await keys(placeTarget)
      expect(rest).toEqual([])
      expect(key).toMatch(/^[^/]+\/\.vite-distill\/state\.json$/)
      expect(await textOf(placeTarget, key!)).toContain('about/index.html')
      // What is left in the target names no key.
      expect(JSON.parse(await textOf(target, stateKey))).toEqual({ version: 'elsewhere' })

      expect(await run()).toMatchObject({
        requests: { list: 1, get: 1, put: 0, rewrite: 0, copy: 0, remove: 0 },
      })
      const { 'about/index.html': _, ...smaller } = blog('2')
      site.build(smaller)
      expect((await run()).counts).toMatchObject({ upload: 1, update: 4, delete: 2 })
      expect(await keys(target)).toEqual([stateKey, ...Object.keys(smaller)].sort())

      const withPlace = { ...target, ...place } as Target
      await storage(withPlace, (backend) =>
        backend.put(lockKey, sourceOf('{"owner":"me"}'), { headers: {}, ifMatch: null }),
      )
      expect(await keys(target)).not.toContain(lockKey)
      expect(await keys(placeTarget)).toEqual([key!.replace('state', 'lock'), key])
      expect(await unlockTarget(site.options, undefined)).toMatchObject({ lock: { owner: 'me' } })
      expect(await keys(placeTarget)).toEqual([key])

      // A config without the option must not take the target for one that was never published to.
      set()
      await expect(run()).rejects.toMatchObject({ code: 'STATE_MISPLACED', exitCode: 3 })
      expect(await keys(target)).toEqual([stateKey, ...Object.keys(smaller)].sort())
    })

    test('of two publishes at once, one succeeds', async () => {
      const { project: site, target, run } = await project()
      site.build(blog())
      const results = await Promise.allSettled([run(), run()])
      const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      for (const error of failed) expect(error).toMatchObject({ code: 'LOCKED', exitCode: 6 })
      expect(failed.length).toBeLessThan(2)
      expect(await keys(target)).toEqual([stateKey, ...Object.keys(blog())].sort())
      expect((await run()).counts).toMatchObject({ keep: 6 })
    })

    test('targets and prefixes that share a place have a state each', async () => {
      const [one, two] = [await project(), await project()]
      for (const prefix of ['a', 'b']) {
        one.set({ ...one.place, prefix })
        one.project.build({ 'index.html': prefix })
        expect(await one.run()).toMatchObject({ counts: { upload: 1 } })
      }
      two.set(one.place)
      two.project.build({ 'index.html': 'two' })
      expect(await two.run()).toMatchObject({ counts: { upload: 1 } })
      expect(await keys(one.placeTarget)).toHaveLength(3)
      one.set({ ...one.place, prefix: 'a' })
      expect((await one.run({ allowOlder: true })).plan).toEqual([
        { key: 'index.html', action: 'update', reason: 'content' },
      ])
    })

    test('a site around a prefix whose state is elsewhere leaves that prefix alone', async () => {
      const { project: site, target, place, set, run } = await project()
      set({ ...place, prefix: 'blog' })
      site.build(blog())
      await run()
      const before = await keys(target)
      for (const around of [{}, place]) {
        set(around)
        site.build({ 'index.html': 'home' })
        expect(await run({ adopt: true })).toMatchObject({ counts: { delete: 0 } })
        expect(await keys(target)).toEqual(expect.arrayContaining(before))
        await storage(target, (backend) => backend.remove([{ key: stateKey, etag: undefined }]))
      }
      set({ ...place, prefix: 'blog' })
      site.build(blog())
      expect((await run()).counts).toMatchObject({ keep: 6 })
    })

    test('a state that is still in the target is not lost', async () => {
      const { project: site, target, place, placeTarget, set, run } = await project()
      set()
      site.build({ ...blog('1'), 'old.html': 'old' })
      await run()
      const before = await keys(target)
      set(place)
      site.build(blog('1'))
      await expect(run()).rejects.toMatchObject({
        code: 'STATE_MISPLACED',
        exitCode: 3,
        hint: expect.stringContaining(stateKey),
      })
      expect(await keys(target)).toEqual(before)
      expect(await keys(placeTarget)).toEqual([])

      // Moved as the hint says, it counts.
      const error = (await run().catch((error: unknown) => error)) as { hint: string; message: string }
      const folder = /`[^`]*?([^/`]+\/)`/.exec(error.message.split('not in')[1]!)![1]!
      const state = await textOf(target, stateKey)
      await storage(placeTarget, (backend) =>
        backend.put(folder + stateKey, sourceOf(state), { headers: {} }),
      )
      await storage(target, (backend) => removeKeys(backend, [stateKey]))
      expect((await run()).counts).toMatchObject({ delete: 1, keep: 6 })
    })

    test('test-publish says when visitors can read the state', async ({ skip }) => {
      if (name === 'directory') return skip('it has no server')
      const { project: site, target, place, set } = await project()
      const publicUrl = cloud.addressOf(target)
      set({ publicUrl })
      const open = await testPublish(site.options, undefined)
      expect(open).toMatchObject({ ok: true, notices: [expect.stringContaining(`${publicUrl}${stateKey}`)] })
      set({ publicUrl, ...place })
      expect(await testPublish(site.options, undefined)).toMatchObject({ ok: true, notices: [] })
      expect(await keys(target)).toEqual([])
      const address = cloud.addressOf(placeIn(target, place))
      await storage(placeIn(target, place), (backend) => backend.put('x.txt', sourceOf('x'), { headers: {} }))
      expect((await fetch(`${address}x.txt`)).status).not.toBe(200)
    })
  },
)

test('test-publish of a directory says so too', async () => {
  const project = new Project()
  const publicUrl = await serving(async ({ url }) => {
    const backend = await openBackend({ backend: 'directory', path: project.www }, '.')
    const found = await backend.get(decodeURIComponent(new URL(url).pathname.slice(1)))
    return found ? new Response(found.body) : new Response('', { status: 404 })
  })
  const target = { backend: 'directory', path: '../www', publicUrl } as const
  project.targets({ default: target })
  expect((await testPublish(project.options, undefined)).notices).toEqual([
    expect.stringContaining(`${publicUrl}${stateKey}`),
  ])
  project.targets({ default: { ...target, statePath: '../state' } })
  expect(await testPublish(project.options, undefined)).toMatchObject({ ok: true, notices: [] })
})

test.each(['../www', '../www/state', '../www/../www/a'])(
  'a `statePath` inside the site: %s',
  async (statePath) => {
    await expect(
      openBackend({ backend: 'directory', path: '../www', statePath }, '/x/app'),
    ).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('`statePath` is inside'),
    })
  },
)

describe('a public bucket of S3 hides the state', () => {
  async function bucket(options: object = {}) {
    const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
    const server = await startS3({ ...keys, buckets: ['www'] })
    onTestFinished(() => server.stop())
    const target = { backend: 's3', bucket: 'www', endpoint: server.url, ...keys } as const
    const project = new Project()
    project.targets({ default: { ...target, ...options } })
    project.build(blog())
    return {
      server,
      target,
      project,
      run: (flags = {}) => publish(project.options, undefined, { yes: true, ...flags }),
      status: async (key: string) => (await fetch(`${server.url}/www/${key}`)).status,
    }
  }

  test('with `acl`', async () => {
    const { run, status, server } = await bucket({ acl: 'public-read', storageClass: 'STANDARD_IA' })
    await run()
    expect(await status('about/index.html')).toBe(200)
    expect(await status(stateKey)).toBe(403)
    const { objects } = server.buckets.get('www')!
    expect(objects.get('about/index.html')!.headers['x-amz-storage-class']).toBe('STANDARD_IA')
    expect(objects.get(stateKey)!.headers).not.toHaveProperty('x-amz-storage-class')
  })

  test.each([
    [undefined, ''],
    ['blog', 'blog/'],
  ])('with the documented policy, and the prefix %s', async (prefix, folder) => {
    const { run, status, target, server, project } = await bucket({ prefix })
    const docs = readFileSync(new URL('../../docs/backends/s3.md', import.meta.url), 'utf8')
    const policies = [...docs.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => json!)
    const [policy, ...rest] = policies.filter((json) => json.includes('"Principal"'))
    expect(rest).toEqual([])
    const sdk = await loadSdk()
    const client = new sdk.S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: target.accessKeyId, secretAccessKey: target.secretAccessKey },
    })
    const Policy = policy!.replaceAll('www.example.com', 'www')
    await client.send(new sdk.PutBucketPolicyCommand({ Bucket: 'www', Policy }))
    client.destroy()
    await run()
    expect(await status(`${folder}about/index.html`)).toBe(200)
    expect(await status(folder + stateKey)).toBe(403)
    expect((await run()).counts).toMatchObject({ keep: 6 })
    project.targets({ default: { ...target, prefix, publicUrl: `${server.url}/www/${folder}` } })
    expect(await testPublish(project.options, undefined)).toMatchObject({ ok: true, notices: [] })
  })
})
