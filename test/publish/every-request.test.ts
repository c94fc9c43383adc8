import { execa, type ResultPromise } from 'execa'
import { H3, serve } from 'h3'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s3Backend } from '../../src/backends/s3.ts'
import type { ResolvedOptions } from '../../src/options.ts'
import { inParallel } from '../../src/publish/parallel.ts'
import { publish } from '../../src/publish/publish.ts'
import { unpublish } from '../../src/publish/unpublish.ts'
import { unlockTarget } from '../../src/publish/unlock.ts'
import type { S3Target } from '../../src/backends/targets.ts'
import { startS3, type S3Server } from '../servers/s3.ts'
import { createBucket, type Bucket, type StoredObject } from '../servers/s3/store.ts'
import type { Fault } from '../servers/server.ts'
import { blog, Project, type Content } from './project.ts'

const child = fileURLToPath(new URL('child/publish.mjs', import.meta.url))
const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
const flags = { yes: true, concurrency: 4 }

/** Sixty files. The second version changes ten, adds three, and lacks five of the first. */
function site(version: 1 | 2): Record<string, Content> {
  const script = `assets/app-${String(version).repeat(8)}.js`
  const page = (name: string, says: string) =>
    `<script src="/${script}"></script><img src="/images/${name}.png"><h1>${says}</h1>`
  const files: Record<string, Content> = {
    'index.html': page('0', `home ${version}`),
    [script]: `app ${version}`,
    '404.html': page('0', 'lost'),
  }
  // Pages that name the script change with it; the others name images alone.
  for (let i = 0; i < 7; i++) files[`posts/${i}/index.html`] = page(String(i), `post ${i}`)
  for (let i = 0; i < 27; i++) files[`notes/${i}/index.html`] = `<img src="/images/${i % 20}.png">note ${i}`
  for (let i = 0; i < 19; i++) files[`images/${i}.png`] = `image ${i}`
  for (let i = 19; i < 20; i++) files[`images/${i}.png`] = `image ${i} of ${version}`
  if (version === 1)
    return { ...files, 'gone/index.html': page('0', 'gone'), 'gone.txt': 'gone', 'gone.png': 'gone' }
  const { 'notes/26/index.html': _, ...rest } = files
  return { ...rest, 'new/index.html': page('1', 'new'), 'new.txt': 'new' }
}

let s3: S3Server
let front: { address: string; stop(): Promise<unknown> }
let project: Project
/** The bucket after the first version was published, with an unmanaged object. */
let published: Map<string, StoredObject>
/** The bucket with a small site, what a release keeps, and an unmanaged object. */
let preview: Map<string, StoredObject>
/** What happens at the k-th request to a bucket, by a publish or by a reader. */
const faults = new Map<string, (k: number, operation: string) => Fault | undefined>()
const counts = new Map<string, number>()

function meet(bucket: string, operation: string): Fault | undefined {
  const k = (counts.get(bucket) ?? 0) + 1
  counts.set(bucket, k)
  return faults.get(bucket)?.(k, operation)
}

beforeAll(async () => {
  s3 = await startS3({ ...keys })
  s3.fault = ({ bucket, operation }) => meet(bucket, operation)
  const app = new H3().all('/**', async (event) => {
    const [bucket = '', ...path] = decodeURIComponent(new URL(event.req.url).pathname.slice(1)).split('/')
    const fault = meet(bucket, 'Read')
    if (fault === 'reset') event.runtime!.node!.req.socket.destroy()
    if (fault instanceof Promise) await fault
    else if (typeof fault === 'string') return new Promise<Response>(() => {})
    else if (fault) return new Response('a fault of the test', { status: fault.status })
    const key = path.join('/').replace(/(^|\/)$/, '$1index.html')
    const object = s3.buckets.get(bucket)?.objects.get(key)
    return object
      ? new Response(new Uint8Array(object.body), { headers: object.headers })
      : new Response('none', { status: 404 })
  })
  const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  front = { address: `http://127.0.0.1:${new URL(server.url!).port}/`, stop: () => server.close(true) }

  project = new Project()
  project.build(blog('1'))
  const small = fill('small', new Map())
  await publish(optionsFor('small'), undefined, flags)
  const mine = { ...small.objects.get('logo.png')! }
  for (const key of ['unmanaged.txt', '.vite-distill/ranges/left.gz', '.vite-distill/objects/left'])
    small.objects.set(key, mine)
  preview = small.objects

  project.build(site(1))
  const first = fill('first', new Map())
  await publish(optionsFor('first'), undefined, flags)
  first.objects.set('unmanaged.txt', { ...first.objects.get('gone.txt')! })
  published = first.objects
  project.build(site(2))
})
afterAll(() => Promise.all([s3.stop(), front.stop()]))

function fill(name: string, objects: Map<string, StoredObject>): Bucket {
  const bucket = { ...createBucket(), objects: new Map(objects) }
  s3.buckets.set(name, bucket)
  return bucket
}

const targetFor = (bucket: string) =>
  ({
    backend: 's3',
    bucket,
    endpoint: s3.url,
    ...keys,
    publicUrl: `${front.address}${bucket}/`,
    keepAssets: false,
    verifyTimeout: 3000,
  }) satisfies S3Target

const optionsFor = (bucket: string): ResolvedOptions => ({
  ...project.options,
  publish: { default: targetFor(bucket) },
})

/** What must hold after any fault. */
function expectWhole({ objects }: Bucket, label: string) {
  expect(objects.has('unmanaged.txt'), label).toBe(true)
  for (const [key, { body }] of objects) {
    if (!key.endsWith('.html')) continue
    for (const [, path] of body.toString().matchAll(/src="\/([^"]+)"/g))
      expect(objects.has(path!), `${label}: ${path} of ${key}`).toBe(true)
  }
  // Nothing is deleted before all of the new site is there.
  const isGone = [...published.keys()].some((key) => !key.startsWith('.vite-distill/') && !objects.has(key))
  if (!isGone) return
  for (const [key, content] of Object.entries(site(2)))
    expect(objects.get(key)?.body.toString(), `${label}: ${key}`).toBe(content)
}

/** Another publish without faults ends with exactly the site. */
async function expectRepaired(name: string, bucket: Bucket, label: string, lease?: number) {
  // Make the lock of the dead publish old.
  const lock = bucket.objects.get('.vite-distill/lock.json')
  if (lock) lock.modified = new Date(0)
  const { requests } = await publish(optionsFor(name), undefined, flags, { lease }).catch(
    (error: unknown) => {
      throw new Error(`${label}: ${String(error)}`)
    },
  )
  const found = Object.fromEntries([...bucket.objects].map(([key, { body }]) => [key, body.toString()]))
  // If only the lock was left, there was nothing to do, and the lock is not taken.
  const { '.vite-distill/state.json': state, '.vite-distill/lock.json': left, ...rest } = found
  if (left !== undefined) expect(requests, label).toMatchObject({ put: 0, remove: 0 })
  expect(rest, label).toEqual({ ...site(2), 'unmanaged.txt': 'gone' })
  expect(JSON.parse(state!).records, label).toHaveLength(Object.keys(site(2)).length)
  expect(bucket.uploads.size).toBe(0)
  s3.buckets.delete(name)
}

async function wholeRun(): Promise<string[]> {
  const operations: string[] = []
  fill('whole', published)
  faults.set('whole', (_, operation) => void operations.push(operation))
  const result = await publish(optionsFor('whole'), undefined, flags)
  expect(result.counts).toEqual({ upload: 3, update: 10, headers: 0, keep: 45, delete: 5 })
  return operations
}

const kinds: Record<string, Fault> = {
  'breaks its connection': 'reset',
  hangs: 'hang',
  'answers 500': { status: 500, code: 'InternalError' },
  'answers 503 SlowDown': { status: 503, code: 'SlowDown', retryAfter: 0 },
  'answers 403': { status: 403, code: 'AccessDenied' },
}

/** Faults that may also last. Others would only make the test wait, many times. */
const lasting = ['breaks its connection', 'answers 500', 'answers 403']

test('every request meets every fault', async () => {
  const operations = await wholeRun()
  // By request and not by fault: cases that wait for long run beside those that compute.
  const cases = operations.flatMap((_, i) =>
    Object.entries(kinds).flatMap(([name, fault]) =>
      (lasting.includes(name) ? ['once', 'from then on'] : ['once']).map((times) => ({
        k: i + 1,
        fault,
        times,
        label: `request ${i + 1} (of ${operations.length}) ${name}, ${times}`,
      })),
    ),
  )
  const began = Date.now()
  const codes: Record<string, number> = {}
  await inParallel(cases, 32, async ({ k, fault, times, label }) => {
    const name = label.replace(/\W+/g, '-')
    const bucket = fill(name, published)
    let met = 'nothing'
    faults.set(name, (at, operation) => {
      if (times === 'once' ? at !== k : at < k) return undefined
      if (at === k) met = operation
      return fault
    })
    const exitCode = await publish(optionsFor(name), undefined, flags, {
      open: async (target) => s3Backend(target as S3Target, 3000),
    }).then(
      () => 0,
      (error: { exitCode?: number }) => error.exitCode ?? NaN,
    )
    const refused = label.includes('403')
    const allowed =
      // Only the removal of the lock is left by then.
      k === operations.length || met === 'nothing'
        ? [0]
        : met === 'Read'
          ? times === 'once'
            ? [0]
            : [4, 5, 7]
          : refused
            ? [7]
            : times === 'once'
              ? [0]
              : [4, 5]
    expect(allowed, `${label}, at a ${met}, ended with ${exitCode}`).toContain(exitCode)
    codes[exitCode] = (codes[exitCode] ?? 0) + 1
    expectWhole(bucket, label)
    faults.delete(name)
    // Most cases that last leave a lock. The other test waits for the death of its owner.
    await unlockTarget(optionsFor(name), undefined)
    await expectRepaired(name, bucket, label)
  })
  expect(cases.length).toBeGreaterThan(300)
  process.stdout.write(
    `${cases.length} faults in ${Math.round((Date.now() - began) / 1000)} s, by exit code ${JSON.stringify(codes)}\n`,
  )
}, 900_000)

test('the process is killed at every request', async () => {
  const operations = await wholeRun()
  const began = Date.now()
  let killed = 0
  await inParallel(
    operations.map((_, i) => i + 1),
    8,
    async (k) => {
      const name = `kill-${k}`
      const bucket = fill(name, published)
      let running: ResultPromise | undefined
      faults.set(name, (at) => {
        if (at < k) return undefined
        running!.kill('SIGKILL')
        // In every other case the storage still carries out the request.
        return at === k && k % 2 === 0 ? undefined : 'hang'
      })
      const { root, publish: targets } = optionsFor(name)
      const options = { siteId: 'test', root, publish: targets }
      running = execa('node', [child, JSON.stringify(options), JSON.stringify(flags)], { reject: false })
      const { signal } = await running
      if (signal === 'SIGKILL') killed++
      expectWhole(bucket, name)
      faults.delete(name)
      await expectRepaired(name, bucket, name, 3000)
    },
  )
  expect(killed).toBeGreaterThan(operations.length * 0.9)
  process.stdout.write(`${killed} kills in ${Math.round((Date.now() - began) / 1000)} s\n`)
}, 900_000)

describe('unpublish', () => {
  /** While anything of the site is there, so is a state that says whose it is. */
  function expectOwned({ objects }: Bucket, label: string) {
    expect(objects.has('unmanaged.txt'), label).toBe(true)
    const isLeft = Object.keys(blog('1')).some((key) => objects.has(key))
    const state = objects.get('.vite-distill/state.json')?.body.toString() ?? ''
    if (isLeft) for (const key of Object.keys(blog('1'))) expect(state, label).toContain(`"${key}"`)
    for (const [key, { body }] of objects) {
      if (!key.endsWith('.html')) continue
      for (const [, path] of body.toString().matchAll(/src="\/([^"]+)"/g))
        expect(objects.has(path!), `${label}: ${path} of ${key}`).toBe(true)
    }
  }

  /** Another one without faults ends with nothing but what is unmanaged. */
  async function expectFinished(name: string, bucket: Bucket, label: string, lease: number) {
    faults.delete(name)
    const lock = bucket.objects.get('.vite-distill/lock.json')
    if (lock) lock.modified = new Date(0)
    await unpublish(optionsFor(name), 'default', flags, { lease }).catch((error: unknown) => {
      throw new Error(`${label}: ${String(error)}`)
    })
    expect([...bucket.objects.keys()], label).toEqual(['unmanaged.txt'])
    s3.buckets.delete(name)
  }

  async function wholeRemoval(): Promise<string[]> {
    const operations: string[] = []
    const bucket = fill('removal', preview)
    faults.set('removal', (_, operation) => void operations.push(operation))
    expect((await unpublish(optionsFor('removal'), 'default', flags)).plan).toHaveLength(6)
    expect([...bucket.objects.keys()]).toEqual(['unmanaged.txt'])
    return operations
  }

  test('every request meets every fault', async () => {
    const operations = await wholeRemoval()
    const cases = Object.entries(kinds).flatMap(([name, fault]) =>
      operations.flatMap((_, i) =>
        (lasting.includes(name) ? ['once', 'from then on'] : ['once']).map((times) => ({
          k: i + 1,
          fault,
          times,
          label: `unpublish, request ${i + 1} (of ${operations.length}) ${name}, ${times}`,
        })),
      ),
    )
    await inParallel(cases, 24, async ({ k, fault, times, label }) => {
      const name = label.replace(/\W+/g, '-')
      const bucket = fill(name, preview)
      let met = 'nothing'
      faults.set(name, (at, operation) => {
        if (times === 'once' ? at !== k : at < k) return undefined
        if (at === k) met = operation
        return fault
      })
      const exitCode = await unpublish(optionsFor(name), 'default', flags, {
        open: async (target) => s3Backend(target as S3Target, 3000),
      }).then(
        () => 0,
        (error: { exitCode?: number }) => error.exitCode ?? NaN,
      )
      const allowed =
        times === 'once' && met === 'Read'
          ? [0, 5]
          : times === 'once' && !label.includes('403')
            ? [0]
            : [0, 4, 5, 7]
      expect(allowed, `${label}, at a ${met}, ended with ${exitCode}`).toContain(exitCode)
      expectOwned(bucket, label)
      await expectFinished(name, bucket, label, 6000)
    })
    process.stdout.write(`${cases.length} faults of unpublish\n`)
  }, 900_000)

  test('the process is killed at every request', async () => {
    const operations = await wholeRemoval()
    let killed = 0
    await inParallel(
      operations.map((_, i) => i + 1),
      5,
      async (k) => {
        const name = `unpublish-kill-${k}`
        const bucket = fill(name, preview)
        let running: ResultPromise | undefined
        faults.set(name, (at) => {
          if (at < k) return undefined
          running!.kill('SIGKILL')
          return at === k && k % 2 === 0 ? undefined : 'hang'
        })
        const { root, publish: targets } = optionsFor(name)
        const given = [{ siteId: 'test', root, publish: targets }, flags, { removes: true }]
        running = execa('node', [child, ...given.map((part) => JSON.stringify(part))], { reject: false })
        if ((await running).signal === 'SIGKILL') killed++
        expectOwned(bucket, name)
        await expectFinished(name, bucket, name, 3000)
      },
    )
    expect(killed).toBeGreaterThan(operations.length * 0.9)
  }, 900_000)
})
