import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Backend, StoredObject } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'
import { sourceOf } from '../../src/backends/source.ts'
import type { Target } from '../../src/options.ts'
import type { PublishContext, PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import type { TargetOptions } from '../../src/target-options.ts'
import { loadExample } from '../backends/example.ts'
import { removeKeys } from '../backends/storage.ts'
import { startS3 } from '../servers/s3.ts'
import { clouds } from './clouds.ts'
import { Project, type Content } from './project.ts'

interface Storage {
  /** A target of its own that is empty. */
  target(): Promise<Target>
  /** Whether its listings have no order, so that each is made twice. */
  unordered?: boolean
  stop(): Promise<void>
}

const storages: [name: string, start: () => Promise<Storage>][] = [
  ...clouds,
  ['s3 as Amazon', amazon],
  ['a directory', directory],
  ['the example in the documentation', custom],
]

async function amazon(): Promise<Storage> {
  const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
  const names = Array.from({ length: 20 }, (_, i) => `bucket-${i}`)
  const server = await startS3({ ...keys, buckets: names })
  // The target has no `endpoint`, so the backend expects Amazon's own, which deletes on a condition.
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url)
  return {
    target: async () => ({
      backend: 's3',
      bucket: names.pop()!,
      region: 'us-east-1',
      forcePathStyle: true,
      ...keys,
    }),
    async stop() {
      vi.unstubAllEnvs()
      await server.stop()
    },
  }
}

async function directory(): Promise<Storage> {
  return {
    target: async () => ({ backend: 'directory', path: mkdtempSync(join(tmpdir(), 'removal-')) }),
    stop: async () => {},
  }
}

async function custom(): Promise<Storage> {
  const memoryBackend = await loadExample()
  return { target: async () => ({ backend: memoryBackend() }), unordered: true, stop: async () => {} }
}

const isOwn = (key: string) => /(^|\/)\.vite-distill\//.test(key)

describe.each(storages)('%s', (_, start) => {
  let storage: Storage
  beforeAll(async () => {
    storage = await start()
  })
  afterAll(() => storage.stop())

  async function place() {
    const target = await storage.target()
    const project = new Project()
    const open = () => openBackend(target, '.')
    async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
      const backend = await open()
      return work(backend).finally(() => backend.close?.())
    }
    return {
      /** Publishes a site. */
      async run(
        site: Record<string, Content>,
        {
          prefix,
          siteId = 'test',
          ...flags
        }: PublishFlags & Pick<TargetOptions, 'prefix'> & { siteId?: string } = {},
        context: PublishContext = {},
      ) {
        project.build(site, { siteId })
        const options = {
          ...project.options,
          publish: { default: { ...target, prefix, keepAssets: false as const } },
        }
        return publish(options, undefined, { yes: true, skipVerify: true, ...flags }, context)
      },
      open,
      put: (key: string, content: string) =>
        withBackend((backend) => backend.put(key, sourceOf(Buffer.from(content)), { headers: {} })),
      /** What is stored, without the publish wing's own objects. */
      stored: () =>
        withBackend(async (backend) => {
          const found: Record<string, string> = {}
          for await (const page of backend.list(''))
            for (const { key } of page)
              if (!isOwn(key)) found[key] = Buffer.from((await backend.get(key))!.body).toString()
          return found
        }),
    }
  }

  test('pages that move to an app of their own are not deleted with the site that had them', async () => {
    const { run, stored } = await place()
    const home = { 'index.html': 'home', 'about/index.html': 'about' }
    // `-` and `!` sort before the blog's own state.
    const posts = { 'index.html': 'posts', '-1/index.html': 'one', '!2/index.html': 'two', 'z.html': 'z' }
    const below = Object.fromEntries(Object.entries(posts).map(([key, text]) => [`blog/${key}`, text]))
    await run({ ...home, ...below, 'blogs/index.html': 'other' })
    const blog = { ...posts, 'index.html': 'the new home of the blog', 'new.html': 'new' }
    await run(blog, { prefix: 'blog', siteId: 'blog', adopt: true })
    const blogBelow = Object.fromEntries(Object.entries(blog).map(([key, text]) => [`blog/${key}`, text]))

    const both = { ...home, ...below, 'blogs/index.html': 'other' }
    const before = await stored()
    const refused = { code: 'SITE_FOREIGN', exitCode: 3 }
    await expect(run(both)).rejects.toMatchObject(refused)
    await expect(run({ ...home, 'blog/-.html': 'x' })).rejects.toMatchObject(refused)
    await expect(run({ ...home, 'blog/zz.html': 'x' }, { adopt: true })).rejects.toMatchObject(refused)
    expect(await run({ ...home, 'blog/zz.html': 'x' }, { dryRun: true })).toMatchObject({
      refused: { code: 'SITE_FOREIGN', message: expect.stringContaining('`blog/zz.html`') as string },
    })
    expect(await stored()).toEqual(before)

    const result = await run(home)
    expect(result.plan).toEqual([{ key: 'blogs/index.html', action: 'delete', reason: 'orphan' }])
    expect(await stored()).toEqual({ ...home, ...blogBelow })
    expect(await run(home, { adopt: true })).toMatchObject({ counts: { delete: 0 }, plan: [] })
    expect(await stored()).toEqual({ ...home, ...blogBelow })
    expect((await run(home)).requests).toMatchObject({ put: 0, remove: 0 })
    expect(await run(blog, { prefix: 'blog', siteId: 'blog' })).toMatchObject({ counts: { keep: 5 } })
  })

  test('an orphan that something else has replaced is left alone, named, and no longer the site’s', async () => {
    const { run, put, stored } = await place()
    await run({ 'index.html': 'home', 'a.html': 'a', 'b.html': 'b' })
    await put('a.html', 'of something else')
    const result = await run({ 'index.html': 'home' })
    expect(result).toMatchObject({
      counts: { delete: 1 },
      unmanaged: 1,
      plan: [{ key: 'b.html', action: 'delete', reason: 'orphan' }],
    })
    expect(result.notices).toContain(
      '`a.html` was changed by something else since it was published: left alone.',
    )
    expect(await stored()).toEqual({ 'index.html': 'home', 'a.html': 'of something else' })
    const next = await run({ 'index.html': 'home' })
    expect(next.requests).toMatchObject({ put: 0, remove: 0 })
    expect(next.notices.join()).not.toContain('a.html')
  })

  test('an orphan that something else replaces between the listing and the delete stays', async () => {
    const { run, put, open, stored } = await place()
    await run({ 'index.html': 'home', 'a.html': 'a', 'b.html': 'b' })
    let lists = 0
    let replaced = false
    const replace = async () => {
      if (replaced) return
      replaced = true
      await put('a.html', 'of something else')
    }
    const watched = async (): Promise<Backend> => {
      const inner = await open()
      return {
        ...inner,
        async *list(prefix, after) {
          // The third one is for the deletes. The lock lists one key.
          if (prefix === '' && ++lists === 3) await replace()
          yield* inner.list(prefix, after)
        },
        async remove(objects) {
          if (inner.conditionalRemove && objects.some(({ key }) => key === 'a.html')) await replace()
          return inner.remove(objects)
        },
      }
    }
    const result = await run({ 'index.html': 'new home' }, {}, { open: watched })
    expect(replaced).toBe(true)
    expect(result).toMatchObject({ counts: { update: 1, delete: 1 }, unmanaged: 1 })
    expect(result.plan.map(({ key }) => key)).toEqual(['b.html', 'index.html'])
    expect(result.notices.join()).toContain('`a.html` was changed by something else')
    expect(await stored()).toEqual({ 'index.html': 'new home', 'a.html': 'of something else' })
    expect((await run({ 'index.html': 'new home' })).requests).toMatchObject({ put: 0, remove: 0 })
  })

  describe('a listing that silently lacks keys', () => {
    const site = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [i === 0 ? 'index.html' : `p${i}.html`, `page ${i}`]),
    )
    const half = Object.fromEntries(Object.entries(site).slice(0, 10))
    /** Half of the pages are more than a publish deletes unasked. */
    const allowed = { maxDeletes: 10 }

    /** Opens the storage so that its listings of the target lack keys. Counts them from 1. */
    const lacking =
      (open: () => Promise<Backend>, isLacking: (key: string, list: number) => boolean) =>
      async (): Promise<Backend> => {
        const inner = await open()
        let lists = 0
        return {
          ...inner,
          async *list(prefix, after) {
            const list = prefix === '' ? ++lists : 0
            for await (const page of inner.list(prefix, after))
              yield list === 0 ? page : page.filter(({ key }) => isOwn(key) || !isLacking(key, list))
          },
        }
      }

    test('makes no orphan that nobody owns: the next publish deletes what it lacked', async () => {
      const { run, open, stored } = await place()
      await run(site)
      // The listing for the plan lacks every page that is to be deleted.
      const lists = storage.unordered ? 2 : 1
      const isLacking = (key: string, list: number) => list <= lists && !(key in half)
      const first = await run(half, {}, { open: lacking(open, isLacking) })
      expect(first.counts).toMatchObject({ keep: 10, delete: 0 })
      expect(await stored()).toEqual(site)
      expect((await run(half, allowed)).counts).toMatchObject({ keep: 10, delete: 10 })
      expect(await stored()).toEqual(half)
      expect((await run(half)).requests).toMatchObject({ put: 0, remove: 0 })
    })

    test('as often as it likes is never confirmed by one that lacks files of the site', async () => {
      const { run, open, stored } = await place()
      await run(site)
      const halved = lacking(open, (key) => Object.keys(site).indexOf(key) % 2 === 1)
      // The files that it lacks seem new, and the condition that there is none does not hold.
      await expect(run(half, allowed, { open: halved })).rejects.toMatchObject({
        code: 'LOCKED',
        exitCode: 6,
      })
      expect(await stored()).toEqual(site)
      expect((await run(half, allowed)).counts.delete).toBe(10)
      expect(await stored()).toEqual(half)
    })

    test('just before a delete: what it lacks is not deleted, and still the site’s', async ({ skip }) => {
      const { run, open, stored } = await place()
      await run(site)
      const inner = await open()
      inner.close?.()
      if (inner.conditionalRemove) return skip('it deletes on a condition')
      const result = await run({ ...half, 'new.html': 'new' }, allowed, {
        open: lacking(open, (key, list) => list === 3 && key === 'p19.html'),
      })
      expect(result.counts.upload).toBe(1)
      expect(Object.keys(await stored())).toContain('p19.html')
      expect((await run({ ...half, 'new.html': 'new' })).counts.delete).toBe(1)
      expect(await stored()).toEqual({ ...half, 'new.html': 'new' })
    })

    test('of objects that are really gone: the state forgets them at once', async () => {
      const { run, open } = await place()
      await run(site)
      const backend = await open()
      const keys = Object.keys(site).filter((key) => !(key in half))
      for (const key of keys) await removeKeys(backend, [key])
      backend.close?.()
      expect((await run(half)).counts).toMatchObject({ keep: 10, delete: 0 })
      expect((await run(half)).requests).toMatchObject({ put: 0, remove: 0 })
    })
  })

  test('a key that is listed twice stops --adopt before it deletes a page', async () => {
    const { run, open, stored } = await place()
    const site = { 'index.html': 'home', 'a.html': 'a', 'b.html': 'b' }
    await run(site)
    for (const order of ['after each other', 'at the end']) {
      const doubled = async (): Promise<Backend> => {
        const inner = await open()
        return {
          ...inner,
          async *list(prefix, after) {
            const found: StoredObject[] = []
            for await (const page of inner.list(prefix, after)) found.push(...page)
            if (prefix !== '') return yield found
            const a = found.find(({ key }) => key === 'a.html')
            const twice = a ? [a] : []
            yield order === 'at the end'
              ? [...found, ...twice]
              : found.flatMap((object) => (object === a ? [a, a] : [object]))
          },
        }
      }
      await expect(run(site, { adopt: true }, { open: doubled })).rejects.toMatchObject({
        code: 'TRANSFER_FAILED',
        exitCode: 4,
      })
      expect(await stored()).toEqual(site)
    }
    expect((await run(site, { adopt: true })).counts.keep).toBe(3)
  })

  test('an unmanaged object that is replaced after it was listed is not deleted by --adopt', async () => {
    const { run, put, open, stored } = await place()
    await run({ 'index.html': 'home' })
    await put('left.txt', 'left')
    const watched = async (): Promise<Backend> => {
      const inner = await open()
      let lists = 0
      return {
        ...inner,
        async *list(prefix, after) {
          const found: StoredObject[][] = []
          for await (const page of inner.list(prefix, after)) found.push(page)
          if (prefix === '' && ++lists === 1) await put('left.txt', 'another')
          yield* found
        },
      }
    }
    const result = await run({ 'index.html': 'home' }, { adopt: true }, { open: watched })
    expect(result.counts.delete).toBe(0)
    expect(await stored()).toEqual({ 'index.html': 'home', 'left.txt': 'another' })
  })
})
