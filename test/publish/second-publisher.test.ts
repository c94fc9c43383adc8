import { execa } from 'execa'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi, type TestContext } from 'vitest'
import { BackendError, type Backend } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'
import { sourceOf } from '../../src/backends/source.ts'
import type { Target } from '../../src/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { rollback } from '../../src/publish/rollback.ts'
import type { Fault, ServerRequest } from '../servers/server.ts'
import { clouds, type Cloud } from './clouds.ts'
import { deferred } from './deferred.ts'
import { Project, type Content } from './project.ts'

const child = fileURLToPath(new URL('child/publish.mjs', import.meta.url))
const flags = { yes: true, concurrency: 4 }
/** Milliseconds. A stopped publisher is replaced after that, and a renewal has a sixth of it. */
const lease = 6000
const lockKey = '.vite-distill/lock.json'

/** Thirty pages that name the script of their version, an image that all versions share, and one of their own. */
function site(version: string): Record<string, Content> {
  const script = `assets/app-${version.repeat(8)}.js`
  const pages = Array.from({ length: 30 }, (_, i) => (i === 0 ? 'index.html' : `posts/${i}/index.html`))
  return {
    ...Object.fromEntries(
      pages.map((key) => [key, `<script src="/${script}"></script><img src="/logo.png">${key} ${version}`]),
    ),
    // After the posts: a publish that is stopped is about to change objects. A new one could not be called back.
    [`unique-to-${version}/index.html`]: `<script src="/${script}"></script><img src="/${version}.png">`,
    [script]: `script ${version}`,
    [`${version}.png`]: `image ${version}`,
    'logo.png': 'logo',
  }
}

/** Everything in a target, but what publishes keep for themselves. */
async function contentsOf(target: Target): Promise<Record<string, string>> {
  const backend = await openBackend(target, '/')
  const found: Record<string, string> = {}
  for await (const page of backend.list(''))
    for (const { key } of page)
      if (!key.startsWith('.vite-distill/'))
        found[key] = Buffer.from((await backend.get(key))!.body).toString()
  backend.close?.()
  return found
}

async function etagsOf(target: Target): Promise<string[]> {
  const backend = await openBackend(target, '/')
  const etags: string[] = []
  for await (const page of backend.list(''))
    for (const { key, etag } of page) if (!key.startsWith('.vite-distill/')) etags.push(etag)
  backend.close?.()
  return etags
}

function expectWhole(objects: Record<string, string>) {
  for (const [key, body] of Object.entries(objects))
    for (const [, path] of body.matchAll(/src="\/([^"]+)"/g))
      expect(objects, `${path} of ${key}`).toHaveProperty([path!])
}

const directory = async (): Promise<Cloud> => ({
  target: async () => ({ backend: 'directory', path: new Project().www }),
  statePlace: async () => ({}),
  addressOf: () => '',
  stop: async () => {},
})

// One test at a time of each storage: most of their time they wait for a lease to end.
describe.concurrent.each([...clouds, ['directory', directory] as const])('%s', (name, start) => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await start()
  })
  afterAll(() => cloud.stop())

  /** A target that holds version 1, and two projects that publish versions 2 and 3 to it. */
  async function two() {
    const target = await cloud.target()
    const first = new Project()
    first.targets({ default: target })
    first.build(site('1'))
    await publish(first.options, undefined, flags)
    first.build(site('2'))
    const second = first.copy()
    second.targets({ default: target })
    await sleep(2)
    second.build(site('3'))
    return { first, second, target: { ...target, keepAssets: false } as Target }
  }

  /** Publishes version 3, and waits for the lock for as long as that takes. */
  const publishSecond = (second: Project) =>
    publish(second.options, undefined, { ...flags, wait: true }, { lease })

  async function expectSecond(target: Target) {
    const found = await contentsOf(target)
    expectWhole(found)
    expect(found).toEqual(site('3'))
  }

  /** Publishes version 2 in another process. Resolves when it has written its script and `n` pages. */
  async function startChild(
    first: Project,
    target: Target,
    n: number,
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  ) {
    const before = await etagsOf(target)
    const { root, publish: targets } = first.options
    const options = { siteId: 'test', root, publish: targets }
    const args = [options, flags, { lease, delay: 60 }].map((given) => JSON.stringify(given))
    const running = execa('node', [child, ...args], { reject: false })
    onTestFinished(() => void running.kill('SIGKILL'))
    await vi.waitFor(
      async () =>
        expect((await etagsOf(target)).filter((etag) => !before.includes(etag)).length).toBeGreaterThan(n),
      { timeout: 30_000, interval: 50 },
    )
    return { running }
  }

  test.sequential.for([1, 12])(
    'a publish is stopped after %i pages, replaced, and continued',
    async (n, context) => {
      const { first, second, target } = await two()
      const { running } = await startChild(first, target, n, context)
      running.kill('SIGSTOP')
      await publishSecond(second)
      await expectSecond(target)
      running.kill('SIGCONT')
      const { exitCode, stderr } = await running
      expect(exitCode, stderr).toBe(6)
      await expectSecond(target)
      expect((await publishSecond(second)).counts).toMatchObject({ upload: 0, update: 0, delete: 0 })
    },
  )

  test.sequential('a publish is stopped, its target rolled back, and it is continued', async (context) => {
    if (!name.startsWith('s3')) return context.skip('what a rollback does with a lock is the same everywhere')
    const { first, second, target } = await two()
    first.targets({ default: { ...target, releases: 2 } })
    second.targets({ default: { ...target, releases: 2 } })
    await publish(second.options, undefined, { ...flags, maxDeletes: 99 })
    await sleep(2)
    first.build(site('2'))
    const { running } = await startChild(first, target, 12, context)
    running.kill('SIGSTOP')
    const back = (release: number) =>
      rollback(second.options, undefined, release, { ...flags, maxDeletes: 99, wait: true }, { lease })
    await back(1)
    await expectSecond(target)
    running.kill('SIGCONT')
    const { exitCode, stderr } = await running
    expect(exitCode, stderr).toBe(6)
    await expectSecond(target)
    expect((await back(1)).plan).toEqual([])
  })

  /** Version 2 is published slowly, and its renewals meet a fault: the lock of `attempt` 1 is its creation. */
  async function withoutRenewals(
    renew: (work: () => Promise<{ etag: string }>) => Promise<{ etag: string }>,
  ) {
    const { first, second, target } = await two()
    let locks = 0
    const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
      const backend = await openBackend(...args)
      return {
        ...backend,
        async put(key, source, options) {
          const work = () => backend.put(key, source, options)
          if (key === lockKey) return locks++ === 0 ? work() : renew(work)
          if (!key.startsWith('.vite-distill/')) await sleep(1000)
          return work()
        },
      }
    }
    const failed = publish(first.options, undefined, flags, { lease, open }).then(
      () => 'published',
      (error: { code?: string }) => error.code,
    )
    await vi.waitFor(() => expect(locks).toBe(1), { timeout: 10_000, interval: 5 })
    await publishSecond(second)
    await expectSecond(target)
    expect(await failed).toBe('LOCKED')
    await expectSecond(target)
  }

  test.sequential('renewals are throttled for longer than the lease, and uploads are not', () =>
    withoutRenewals(async () => {
      throw new BackendError('throttled', 'slow down', { retryAfter: 30_000 })
    }))

  test.sequential('renewals hang, and uploads do not', () =>
    withoutRenewals(() => new Promise<never>(() => {})))

  test.sequential('a renewal whose response is lost is a renewal', async () => {
    const { first, target } = await two()
    let locks = 0
    const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
      const backend = await openBackend(...args)
      return {
        ...backend,
        async put(key, source, options) {
          if (!key.startsWith('.vite-distill/')) await sleep(550)
          const result = await backend.put(key, source, options)
          // The first renewal: the next one finds what it wrote.
          if (key === lockKey && ++locks === 2) return new Promise<never>(() => {})
          return result
        },
      }
    }
    await publish(first.options, undefined, flags, { lease, open })
    expect(locks).toBeGreaterThanOrEqual(3)
    expect(await contentsOf(target)).toEqual(site('2'))
  })

  test.sequential('an upload whose response is lost is an upload', async () => {
    const { first, target } = await two()
    const lost = new Set<string>()
    const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
      const backend = await openBackend(...args)
      return {
        ...backend,
        async put(key, source, options) {
          const result = await backend.put(key, source, options)
          if (lost.has(key)) return result
          lost.add(key)
          throw new BackendError('unavailable', 'the response was lost')
        },
      }
    }
    await publish(first.options, undefined, flags, { open })
    expect(lost.size).toBeGreaterThan(30)
    expect(await contentsOf(target)).toEqual(site('2'))
  })

  test.sequential('a change of headers whose response is lost is made', async ({ skip }) => {
    const { first, target } = await two()
    first.build(site('1'))
    first.targets({ default: { ...target, headers: [{ match: 'posts/**', 'cache-control': 'no-cache' }] } })
    const lost = new Set<string>()
    const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
      const backend = await openBackend(...args)
      return {
        ...backend,
        rewrite:
          backend.rewrite &&
          (async (key, options) => {
            const result = await backend.rewrite!(key, options)
            if (lost.has(key)) return result
            lost.add(key)
            throw new BackendError('unavailable', 'the response was lost')
          }),
      }
    }
    const { counts } = await publish(first.options, undefined, flags, { open })
    if (counts.headers === 0) return skip('this storage has no headers')
    expect(counts).toMatchObject({ headers: 29, update: 0 })
    expect(lost.size).toBe(29)
    const served = await fetch(`${cloud.addressOf(target)}posts/7/index.html`)
    expect(served.headers.get('cache-control')).toBe('no-cache')
    expect((await publish(first.options, undefined, flags)).counts).toMatchObject({ headers: 0, update: 0 })
  })

  test.sequential('something else changes an object after the plan is made', async ({ onTestFinished }) => {
    const { first, target } = await two()
    const other = await openBackend(target, '/')
    onTestFinished(() => other.close?.())
    const body = new TextEncoder().encode('of another program')
    for (const key of ['posts/7/index.html', '2.png']) {
      const open = async (...args: Parameters<typeof openBackend>): Promise<Backend> => {
        const backend = await openBackend(...args)
        return {
          ...backend,
          async put(at, source, options) {
            if (at === key) await other.put(key, sourceOf(body), { headers: {} })
            return backend.put(at, source, options)
          },
        }
      }
      const run = publish(first.options, undefined, flags, { open })
      await expect(run).rejects.toMatchObject({
        code: 'LOCKED',
        exitCode: 6,
        message: expect.stringContaining(`\`${key}\` in`),
      })
      const found = await contentsOf(target)
      expect(found[key]).toBe('of another program')
      // Nothing was deleted.
      expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(site('1'))))
      await publish(first.options, undefined, flags)
      expect(await contentsOf(target)).toEqual(site('2'))
      first.build(site('1'))
      await publish(first.options, undefined, flags)
      first.build(site('2'))
    }
  })

  test.sequential('a killed publish’s put arrives after the next publish', async ({
    skip,
    onTestFinished,
  }) => {
    const { server } = cloud
    if (!server) return skip('a directory has no network between it and the publisher')
    const { first, second, target } = await two()
    const ended = deferred()
    const held: ServerRequest[] = []
    server.fault = (request): Fault | undefined => {
      // Google's upload has the key in its body.
      const { raw } = request as ServerRequest & { raw?: Buffer }
      const key = request.key ?? /"name":"([^"]+)"/.exec(raw?.toString() ?? '')?.[1]
      const isPage = ['PutObject', 'objects.insert', 'PutBlob'].includes(request.operation)
      if (held.length >= 4 || !isPage || !key?.startsWith('posts/')) return undefined
      held.push(request)
      return ended.promise
    }
    onTestFinished(() => {
      server.fault = undefined
    })
    const { root, publish: targets } = first.options
    const args = [{ siteId: 'test', root, publish: targets }, flags, { lease }]
    const running = execa('node', [child, ...args.map((given) => JSON.stringify(given))], { reject: false })
    await vi.waitFor(() => expect(held).toHaveLength(4), { timeout: 30_000, interval: 5 })
    running.kill('SIGKILL')
    await running
    await publishSecond(second)
    await expectSecond(target)
    ended.resolve()
    await vi.waitFor(() => expect(held.map(({ status }) => status)).not.toContain(0), { timeout: 10_000 })
    await expectSecond(target)
  })
})
