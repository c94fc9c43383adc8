import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s3Backend } from '../../src/backends/s3.ts'
import type { S3Target, Target } from '../../src/backends/targets.ts'
import { parseIndex } from '../../src/publish/state/state-index.ts'
import { decodeRange, rangeKey } from '../../src/publish/state/range.ts'
import { isWritten } from '../../src/publish/state/record.ts'
import { inParallel } from '../../src/publish/parallel.ts'
import type { PublishContext, PublishFlags } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { keptKey } from '../../src/publish/releases/kept.ts'
import { rollback } from '../../src/publish/rollback.ts'
import { startS3, type S3Server } from '../servers/s3.ts'
import { createBucket, type Bucket, type StoredObject } from '../servers/s3/store.ts'
import type { Fault, ServerRequest } from '../servers/server.ts'
import { createHash } from 'node:crypto'
import { faulty, mortal } from './faulty.ts'
import { Project, type Content } from './project.ts'

const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
const [stateKey, lockKey] = ['.vite-distill/state.json', '.vite-distill/lock.json']
const flags: PublishFlags = { yes: true, maxDeletes: 9, concurrency: 4 }
const stamp = (version: number) => `2026-01-0${version}T00:00:00.000Z`

/** Versions differ in a hashed script, an image, two pages, the headers of another, a redirect, and a page with its text. */
function site(version: number): Record<string, Content> {
  const script = `assets/app-${String(version).repeat(8)}.js`
  const page = (says: string) => `<script src="/${script}"></script><img src="/logo.png">${says} ${version}`
  const own = `only-${version}`
  return {
    [script]: { content: `app ${version}`, hashed: true },
    'logo.png': `logo ${version}`,
    'index.html': page('home'),
    'about/index.html': '<img src="/logo.png">about',
    'news/index.html': {
      content: 'news',
      headers: { 'content-type': 'text/html', 'cache-control': `max-age=${version}` },
    },
    'old/index.html': {
      content: 'moved',
      kind: 'redirect',
      redirect: { to: `/about/?${version}`, status: 301 },
    },
    [`${own}/index.html`]: `<img src="/${own}.png">${own}`,
    [`${own}.png`]: own,
    // The sixth version lacks a page and its image, which all others have.
    ...(version < 6 && {
      'posts/1/index.html': `${page('post 1')}<img src="/post.png">`,
      'post.png': 'an image',
    }),
  }
}
/** The fourth version with an edit and a new page. */
const edited = {
  ...site(4),
  'posts/1/index.html': String(site(4)['posts/1/index.html']).replace('post 1', 'edited'),
  'posts/2/index.html': '<img src="/logo.png">post 2',
}
const textsOf = (files: Record<string, Content>) =>
  Object.fromEntries(
    Object.entries(files).map(([key, file]) => [key, typeof file === 'string' ? file : String(file.content)]),
  )

let s3: S3Server
/** Of each site, a project with it. */
let five: Project
let six: Project
let edit: Project
/** Buckets that hold the fourth version, with two releases before it and without, and an unmanaged object. */
let kept: Map<string, StoredObject>
let plain: Map<string, StoredObject>
/** What happens at the k-th request to a bucket. */
const faults = new Map<string, (k: number, request: ServerRequest) => Fault | undefined>()
const counts = new Map<string, number>()

beforeAll(async () => {
  s3 = await startS3({ ...keys })
  s3.fault = (request) => {
    const { bucket } = request
    const k = (counts.get(bucket) ?? 0) + 1
    counts.set(bucket, k)
    return faults.get(bucket)?.(k, request)
  }
  const built = (files: Record<string, Content>, createdAt: string) => {
    const project = new Project()
    project.build(files, { createdAt })
    return project
  }
  for (const [name, releases] of [
    ['kept', 2],
    ['plain', 0],
  ] as const) {
    const { objects } = fill(name, new Map())
    for (const version of [1, 2, 3, 4])
      await publish(optionsFor(built(site(version), stamp(version)), name, releases), undefined, flags)
    objects.set('unmanaged.txt', { ...objects.get('logo.png')! })
  }
  kept = s3.buckets.get('kept')!.objects
  plain = s3.buckets.get('plain')!.objects
  five = built(site(5), stamp(5))
  six = built(site(6), stamp(6))
  edit = built(edited, '2026-01-04T12:00:00.000Z')
})
afterAll(() => s3.stop())

function fill(name: string, objects: Map<string, StoredObject>): Bucket {
  const bucket = { ...createBucket(), objects: new Map(objects) }
  s3.buckets.set(name, bucket)
  counts.delete(name)
  return bucket
}

function optionsFor({ options }: Project, bucket: string, releases: number) {
  const target: S3Target = { backend: 's3', bucket, endpoint: s3.url, ...keys, keepAssets: false, releases }
  return { ...options, publish: { default: target } }
}

const recordsState = ({ operation, key }: ServerRequest) => operation === 'PutObject' && key === stateKey
const isOwn = (key: string) => key.startsWith('.vite-distill/')
const managed = ({ objects }: Bucket) =>
  Object.fromEntries(
    [...objects].filter(([key]) => !isOwn(key)).map(([key, { body }]) => [key, body.toString()]),
  )

/** Every page has what it names, nothing unmanaged is gone, and no release lost anything that it needs. */
function expectWhole(bucket: Bucket, label: string) {
  const { objects } = bucket
  expect(objects.has('unmanaged.txt'), label).toBe(true)
  for (const [key, body] of Object.entries(managed(bucket)))
    for (const [, path] of body.matchAll(/src="\/([^"]+)"/g))
      expect(objects.has(path!), `${label}: ${path} of ${key}`).toBe(true)
  const state = parseIndex(new Uint8Array(objects.get(stateKey)!.body))!
  for (const { name } of state.ranges) expect(objects.has(rangeKey(name)), `${label}: a range`).toBe(true)
  for (const { release, ranges } of state.header.releases ?? []) {
    for (const record of recordsOf(bucket, ranges)) {
      const places = [objects.get(keptKey(record)), objects.get(record.key)]
      const holds = places.some((object) => object && sha256(object.body) === record.sha256)
      expect(holds, `${label}: ${record.key} of release ${release}`).toBe(true)
    }
  }
}

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex')

const recordsOf = ({ objects }: Bucket, ranges: readonly string[]) =>
  ranges.flatMap((name) => [...decodeRange(objects.get(rangeKey(name))!.body).records].filter(isWritten))

/** Our own objects are those that the index and its releases need. */
function expectNothingLeft(bucket: Bucket, label: string) {
  const { header, ranges, unused } = parseIndex(new Uint8Array(bucket.objects.get(stateKey)!.body))!
  const current = ranges.map(({ name }) => name)
  const listed = (header.releases ?? []).flatMap((release) => release.ranges)
  const needed = recordsOf(
    bucket,
    listed.filter((name) => !current.includes(name)),
  ).map(keptKey)
  const allowed = new Set([stateKey, ...[...current, ...listed].map(rangeKey), ...needed])
  const left = [...bucket.objects.keys()].filter((key) => isOwn(key) && !allowed.has(key))
  expect(left, label).toEqual([])
  expect(unused, label).toEqual([])
}

interface Scenario {
  name: string
  before: () => Map<string, StoredObject>
  releases: number
  act: (bucket: string, context: PublishContext) => Promise<unknown>
  /** What the target holds when `act` is done. */
  after: Record<string, Content>
  /** Ways to go on. Each ends with this content. */
  next: { run: (bucket: string) => Promise<unknown>; after: Record<string, Content>; age: number }[]
}

const only = { ...flags, only: ['posts/*'] }
const publishing =
  (project: () => Project, given: PublishFlags, releases = 2) =>
  (bucket: string, context: PublishContext = {}) =>
    publish(optionsFor(project(), bucket, releases), undefined, given, context)
const rollingBack =
  (release: number) =>
  (bucket: string, context: PublishContext = {}) =>
    rollback(optionsFor(six, bucket, 2), undefined, release, flags, context)
/** A site that lacks what the one before had anew: that is not forgotten, nor taken for unmanaged. */
const later = (releases = 2) => ({ run: publishing(() => six, flags, releases), after: site(6), age: 6 })

const scenarios: Scenario[] = [
  {
    name: 'a publish that keeps releases',
    before: () => kept,
    releases: 2,
    act: publishing(() => five, flags),
    after: site(5),
    next: [
      { run: publishing(() => five, flags), after: site(5), age: 5 },
      { run: rollingBack(3), after: site(3), age: 3 },
      { run: rollingBack(4), after: site(4), age: 4 },
      later(),
    ],
  },
  {
    name: 'a rollback',
    before: () => kept,
    releases: 2,
    act: rollingBack(3),
    after: site(3),
    next: [
      { run: rollingBack(3), after: site(3), age: 3 },
      { run: rollingBack(4), after: site(4), age: 4 },
      { run: publishing(() => five, flags), after: site(5), age: 5 },
      later(),
    ],
  },
  {
    name: 'pages of a target with releases',
    before: () => kept,
    releases: 2,
    act: publishing(() => edit, only),
    after: edited,
    next: [
      { run: publishing(() => edit, only), after: edited, age: 4 },
      { run: publishing(() => edit, flags), after: edited, age: 4 },
      { run: rollingBack(4), after: site(4), age: 4 },
      { run: rollingBack(3), after: site(3), age: 3 },
      later(),
    ],
  },
  {
    name: 'pages',
    before: () => plain,
    releases: 0,
    act: publishing(() => edit, only, 0),
    after: edited,
    next: [
      { run: publishing(() => edit, only, 0), after: edited, age: 4 },
      { run: publishing(() => edit, flags, 0), after: edited, age: 4 },
      later(0),
    ],
  },
]

const refused: Fault = { status: 403, code: 'AccessDenied' }
const failing: Fault = { status: 500, code: 'InternalError' }

/** What happens to a request, or to each from then on, and how the command may end. */
const kinds: { kind: string; fault: Fault; lasts?: true; exitCodes: number[] }[] = [
  { kind: 'is done, and its response lost', fault: 'lost', exitCodes: [0] },
  { kind: 'breaks its connection', fault: 'reset', exitCodes: [0] },
  { kind: 'hangs', fault: 'hang', exitCodes: [0] },
  { kind: 'answers 500', fault: failing, exitCodes: [0] },
  {
    kind: 'answers 503 SlowDown',
    fault: { status: 503, code: 'SlowDown', retryAfter: 0 },
    exitCodes: [0],
  },
  { kind: 'answers 403', fault: refused, exitCodes: [7] },
  { kind: 'breaks its connection from then on', fault: 'reset', lasts: true, exitCodes: [4] },
  { kind: 'answers 500 from then on', fault: failing, lasts: true, exitCodes: [4] },
  { kind: 'answers 403 from then on', fault: refused, lasts: true, exitCodes: [7] },
]

describe.each(scenarios)('$name', ({ before, releases, act, after, next }) => {
  async function expectRepaired(name: string, bucket: Bucket, label: string, way: number) {
    faults.delete(name)
    const isGone = [...before().keys()].some((key) => !isOwn(key) && !bucket.objects.has(key))
    expectWhole(bucket, label)
    // Nothing is deleted before all of the new site is there.
    if (isGone) expect(managed(bucket), label).toMatchObject(textsOf(after))
    bucket.objects.delete(lockKey)
    const repair = next[way % next.length]!
    const failed = (error: unknown) => {
      throw new Error(`${label}, then way ${way % next.length}: ${String(error)}`)
    }
    await repair.run(name).catch(failed)
    const unmanaged = { 'unmanaged.txt': 'logo 4' }
    expect(managed(bucket), label).toEqual({ ...textsOf(repair.after), ...unmanaged })
    expectWhole(bucket, label)
    const news = bucket.objects.get('news/index.html')!
    expect(news.headers['cache-control'], label).toBe(`max-age=${repair.age}`)
    expect(bucket.objects.get('old/index.html')!.headers['x-amz-website-redirect-location'], label).toBe(
      `/about/?${repair.age}`,
    )
    await publish(optionsFor(six, name, releases), undefined, flags).catch(failed)
    expect(managed(bucket), label).toEqual({ ...textsOf(site(6)), ...unmanaged })
    expectWhole(bucket, label)
    expectNothingLeft(bucket, label)
    s3.buckets.delete(name)
  }

  test('every request meets every fault', async () => {
    const requests: ServerRequest[] = []
    const bucket = fill('whole', before())
    faults.set('whole', (_, request) => void requests.push(request))
    await act('whole', {})
    expect(managed(bucket)).toEqual({ ...textsOf(after), 'unmanaged.txt': 'logo 4' })
    faults.delete('whole')
    const cases = requests.flatMap(({ operation }, i) =>
      kinds.map((fault) => ({
        ...fault,
        k: i + 1,
        label: `request ${i + 1} (of ${requests.length}, ${operation}) ${fault.kind}`,
      })),
    )
    const recordings = requests.filter(recordsState).length
    const codes: Record<string, number> = {}
    // Most of them wait for the next attempt.
    await inParallel(cases.entries(), 48, async ([i, { k, fault, lasts, exitCodes, label }]) => {
      const name = `fault-${i}`
      const bucket = fill(name, before())
      // Once the state is written, only what nobody needs is removed, and the lock. On a busy machine a renewal of the
      // lock comes between: the k-th request is not the same in each run.
      let recorded = 0
      let met: ServerRequest | undefined
      faults.set(name, (at, request) => {
        if (at < k && recordsState(request)) recorded++
        if (lasts ? at < k : at !== k) return undefined
        met ??= request
        return fault
      })
      const open = async (target: Target) => s3Backend(target as S3Target, 3000)
      const exitCode = await act(name, { open }).then(
        () => 0,
        (error: { exitCode?: number }) => error.exitCode ?? NaN,
      )
      codes[exitCode] = (codes[exitCode] ?? 0) + 1
      const isOver = met === undefined || recorded === recordings
      expect(isOver ? [0] : exitCodes, `${label}, at a ${met?.operation}`).toContain(exitCode)
      await expectRepaired(name, bucket, label, i)
    })
    process.stdout.write(`${cases.length} faults, by exit code ${JSON.stringify(codes)}\n`)
  })

  test('it is killed at every request', async () => {
    const whole = faulty((_, work) => work())
    fill('whole', before())
    await act('whole', whole)
    const cases = whole.calls.flatMap((_, i) => [true, false].map((isDone) => ({ k: i + 1, isDone })))
    await inParallel(cases.entries(), 16, async ([i, { k, isDone }]) => {
      const { name, what } = whole.calls[k - 1]!
      const label = `killed at call ${k} (${name} ${what}), which is ${isDone ? '' : 'not '}done`
      const bucket = fill(`kill-${i}`, before())
      const { open, died } = mortal(k, isDone)
      await Promise.race([act(`kill-${i}`, { open }), died])
      await expectRepaired(`kill-${i}`, bucket, label, Math.floor(i / 2) + (isDone ? 1 : 0))
    })
    process.stdout.write(`${cases.length} kills\n`)
  })
})
