import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { S3Target } from '../../src/options.ts'
import { startS3 } from '../servers/s3.ts'
import { blog, Project } from './project.ts'
import { lookAt } from './secrets.ts'
import { serving } from './serve.ts'

const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }

/** A project that publishes to a bucket that is served as a website. */
async function bucket(more: Partial<S3Target> = {}) {
  const s3 = await startS3({ ...keys, publicBuckets: ['www'] })
  onTestFinished(() => s3.stop())
  const project = new Project()
  const publicUrl = await s3.website('www')
  const target = { backend: 's3', bucket: 'www', endpoint: s3.url, ...keys, publicUrl, ...more } as const
  project.targets({ default: target })
  lookAt('the bucket', () =>
    [...s3.buckets.get('www')!.objects.values()]
      .map(({ body, headers }) => body.toString('latin1') + JSON.stringify(headers))
      .join('\n'),
  )
  return {
    s3,
    project,
    target,
    objects: () => s3.buckets.get('www')!.objects,
    /** How many requests of each kind came since the last call. */
    asked() {
      const counts: Record<string, number> = {}
      for (const { operation } of s3.requests) counts[operation] = (counts[operation] ?? 0) + 1
      s3.requests.length = 0
      return counts
    },
  }
}

test('a site of every kind of file, published, changed and published again', async () => {
  const { project, objects, asked } = await bucket()
  project.build(blog('1'))
  const first = await project.publish()
  expect(first).toMatchObject({ counts: { upload: 6 }, verified: 6, to: 's3://www/' })
  // The first publish tries conditional writes with the lock.
  expect(asked()).toEqual({ GetObject: 1 + 1, ListObjectsV2: 2 + 1, PutObject: 8 + 1 + 2, DeleteObjects: 1 })
  expect(objects().get('index.html')!.headers['content-type']).toBe('text/html;charset=utf-8')
  expect(objects().get('posts/hello world & more/index.html')!.body.toString()).toContain('hello 1')

  expect((await project.publish()).counts).toMatchObject({ keep: 6 })
  expect(asked()).toEqual({ GetObject: 1, ListObjectsV2: 1 })

  project.build({ ...blog('1'), 'about/index.html': 'about 2' })
  expect((await project.publish()).verified).toBe(1)
  expect(asked()).toEqual({ GetObject: 1, ListObjectsV2: 2 + 1, PutObject: 3 + 1, DeleteObjects: 1 })

  project.build(blog('2'))
  expect((await project.publish('--yes')).counts).toEqual({
    upload: 1,
    update: 5,
    headers: 0,
    keep: 0,
    delete: 1,
  })
  // It deletes without a condition, so it is listed once more just before.
  expect(asked()).toEqual({ GetObject: 1, ListObjectsV2: 3 + 1, PutObject: 8 + 1, DeleteObjects: 1 + 1 })
  expect([...objects().keys()].sort()).toEqual([...Object.keys(blog('2')), '.vite-distill/state.json'].sort())
})

test('a header alone that changed is replaced without sending the content again', async () => {
  const { project, objects, asked } = await bucket()
  project.build(blog())
  await project.publish()
  const before = objects().get('404.html')!
  const headers = { 'content-type': 'text/html;charset=utf-8', 'cache-control': 'no-cache' }
  project.build({ ...blog(), '404.html': { content: String(blog()['404.html']), headers } })
  asked()
  const result = await project.publish()
  expect(result.plan).toEqual([{ key: '404.html', action: 'headers', reason: 'headers' }])
  expect(result).toMatchObject({ bytes: 0, verified: 1, requests: { rewrite: 1 } })
  expect(asked()).toMatchObject({ CopyObject: 1, PutObject: 2 + 1 })
  const after = objects().get('404.html')!
  expect(after.headers).toEqual({ ...before.headers, 'cache-control': 'no-cache' })
  expect(after.body).toEqual(before.body)
  expect((await project.publish()).counts.keep).toBe(6)
})

test('an object that changed after the listing is uploaded in place of a rewrite', async () => {
  const { s3, project, objects } = await bucket()
  project.build(blog())
  await project.publish()
  const headers = { 'content-type': 'text/html;charset=utf-8', 'cache-control': 'no-cache' }
  project.build({ ...blog(), '404.html': { content: String(blog()['404.html']), headers } })
  s3.fault = ({ operation }) =>
    operation === 'CopyObject' ? { status: 412, code: 'PreconditionFailed' } : undefined
  await project.publish()
  expect(objects().get('404.html')!.headers['cache-control']).toBe('no-cache')
})

test('headers: the route’s override the defaults, and the rules override both', async () => {
  const { project, target, objects } = await bucket()
  project.build({
    ...blog(),
    'feed.xml': {
      content: '<feed/>',
      kind: 'page',
      headers: { 'content-type': 'application/xml', 'cache-control': 'max-age=60' },
    },
    'about/index.html': {
      content: 'about',
      headers: { 'content-type': 'text/html', 'content-language': 'en', 'x-robots-tag': 'noindex' },
    },
  })
  const first = await project.publish()
  const caching = (key: string) => objects().get(key)!.headers['cache-control']
  expect(caching('assets/app-1xxxxxxx.js')).toBe('public, max-age=31536000, immutable')
  expect(caching('index.html')).toBe('public, max-age=0, must-revalidate')
  expect(caching('logo.png')).toBe('public, max-age=0, must-revalidate')
  expect(caching('feed.xml')).toBe('max-age=60')
  expect(objects().get('about/index.html')!.headers).toMatchObject({ 'content-language': 'en' })
  expect(first.notices.join()).toContain('1 pages have the header `x-robots-tag`')

  const rules = [
    { match: ['feed.xml', '/logo.*'], 'cache-control': 'public, max-age=600' },
    { match: 'logo.png', 'cache-control': 'public, max-age=700', 'content-disposition': 'inline' },
  ]
  project.targets({ default: { ...target, headers: rules } })
  const result = await project.publish()
  expect(result.plan).toEqual([
    { key: 'feed.xml', action: 'headers', reason: 'headers' },
    { key: 'logo.png', action: 'headers', reason: 'headers' },
  ])
  expect(caching('feed.xml')).toBe('public, max-age=600')
  expect(objects().get('logo.png')!.headers).toMatchObject({
    'cache-control': 'public, max-age=700',
    'content-disposition': 'inline',
    'content-type': 'image/png',
  })
})

test('a `cache-control` that is not served as it was stored', async () => {
  const { project, target } = await bucket()
  const website = target.publicUrl
  const publicUrl = await serving(async ({ url }) => {
    const response = await fetch(new URL(new URL(url).pathname, website))
    const headers = { ...Object.fromEntries(response.headers), 'cache-control': 'max-age=14400' }
    return new Response(response.body, { headers })
  })
  project.targets({ default: { ...target, publicUrl } })
  project.build({ 'index.html': 'home' })
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 5, code: 'UNVERIFIED' })
  expect(error.message).toContain(
    'expected `cache-control: public, max-age=0, must-revalidate`, got `max-age=14400`',
  )
})

test('without a state, objects with the right MD5 in the listing are not uploaded again', async () => {
  const { project, objects, asked } = await bucket()
  project.build(blog())
  await project.publish()
  objects().delete('.vite-distill/state.json')
  objects().get('index.html')!.headers['content-type'] = 'text/plain'
  project.build({ ...blog(), 'logo.png': 'logo 2' })
  asked()
  expect(await project.fail()).toMatchObject({
    exitCode: 3,
    code: 'OVERWRITES_UNCONFIRMED',
    message: 'publishing would overwrite `logo.png`, which no publish wrote, and there is nobody to ask',
  })
  expect(asked()).toEqual({ GetObject: 1, ListObjectsV2: 1 })
  const result = await project.publish('--yes')
  expect(result.plan.filter(({ key }) => key === 'logo.png')).toEqual([
    { key: 'logo.png', action: 'update', reason: 'unmanaged' },
  ])
  expect(result).toMatchObject({ counts: { update: 1, headers: 5 }, bytes: 6, verified: 6 })
  // Two more write the state, one is the lock's, and two try conditional writes.
  expect(asked()).toMatchObject({ PutObject: 3 + 1 + 2, CopyObject: 5 })
  expect(objects().get('index.html')!.headers['content-type']).toBe('text/html;charset=utf-8')
  expect((await project.publish()).requests).toMatchObject({ put: 0 })
  // All of it is recorded as the site's own again.
  project.build({ 'index.html': 'only' })
  expect((await project.publish('--yes')).counts.delete).toBe(5)
})

test('unmanaged objects do not allow more deletes', async () => {
  const { project, objects } = await bucket()
  const pages = Object.fromEntries(Array.from({ length: 399 }, (_, i) => [`${i}.html`, `page ${i}`]))
  project.build({ 'index.html': 'home', ...pages })
  await project.publish('--skip-verify')
  const unmanaged = { ...objects().get('index.html')! }
  for (let i = 0; i < 1600; i++) objects().set(`unmanaged-${i}.txt`, unmanaged)
  project.build({ 'index.html': 'home' })
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 3, code: 'TOO_MANY_DELETES' })
  expect(error.message).toContain('would delete 399 of the 400 objects')
  expect(objects().size).toBe(400 + 1600 + 1)
})

test('a state that cannot be read is not replaced, and a damaged one only with --adopt', async () => {
  const { project, objects, asked } = await bucket()
  project.build({ ...blog(), 'old.txt': 'old' })
  await project.publish()
  project.build(blog())
  const state = objects().get('.vite-distill/state.json')!
  const whole = state.body.toString()
  asked()
  for (const [text, code] of [
    [
      whole.replace('"version":2', '"version":3').replace('"siteId":"test"', '"siteId":"other"'),
      'STATE_UNKNOWN',
    ],
    [whole.slice(0, -20), 'STATE_DAMAGED'],
  ] as const) {
    objects().set('.vite-distill/state.json', { ...state, body: Buffer.from(text) })
    expect(await project.fail('--yes')).toMatchObject({ exitCode: 3, code })
    expect(asked()).toEqual({ GetObject: 1 })
    expect(objects().get('.vite-distill/state.json')!.body.toString()).toBe(text)
    expect(objects().has('old.txt')).toBe(true)
  }
  expect(await project.publish('--yes', '--adopt')).toMatchObject({
    counts: { headers: 6, delete: 1 },
    verified: 6,
  })
  expect((await project.publish()).counts.keep).toBe(6)
})

test('a redirect is the storage’s own', async () => {
  const { project, objects } = await bucket()
  project.build({
    ...blog(),
    'old/index.html': {
      content: '<meta http-equiv="refresh" content="0;url=/about/">',
      kind: 'redirect',
      url: '/old',
      redirect: { to: '/about/', status: 301 },
    },
  })
  expect((await project.publish()).verified).toBe(7)
  expect(objects().get('old/index.html')!.headers['x-amz-website-redirect-location']).toBe('/about/')
})

test('an object that something else stored again is noticed by its date, and repaired', async () => {
  const { project, objects } = await bucket()
  project.build(blog())
  await project.publish()
  const object = objects().get('404.html')!
  object.headers['content-type'] = 'binary/octet-stream'
  object.modified = new Date(object.modified.getTime() + 5000)
  const result = await project.publish()
  expect(result.plan).toEqual([{ key: '404.html', action: 'update', reason: 'unknown' }])
  expect(objects().get('404.html')!.headers['content-type']).toBe('text/html;charset=utf-8')
})

test('a content type that is not served as it was stored', async () => {
  const { s3, project, target } = await bucket()
  const website = target.publicUrl
  const publicUrl = await serving(async ({ url }) => {
    const response = await fetch(new URL(new URL(url).pathname, website))
    return new Response(response.body, { headers: { 'content-type': 'text/plain' } })
  })
  project.targets({ default: { ...target, publicUrl } })
  project.build({ 'index.html': 'home' })
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 5, code: 'UNVERIFIED' })
  expect(error.message).toContain('expected content type `text/html;charset=utf-8`, got `text/plain`')
  expect(s3.buckets.get('www')!.objects.has('index.html')).toBe(true)
})

test('a prefix in a bucket', async () => {
  const { project, target, objects } = await bucket()
  project.targets({ default: { ...target, prefix: 'site', publicUrl: `${target.publicUrl}site/` } })
  project.build(blog())
  const result = await project.publish()
  expect(result).toMatchObject({ to: 's3://www/site/', verified: 6 })
  expect([...objects().keys()].every((key) => key.startsWith('site/'))).toBe(true)
})

test('requests that the storage throttles are made again', async () => {
  const { s3, project } = await bucket()
  project.build(blog())
  let count = 0
  s3.fault = () => {
    count++
    return count % 3 === 0 ? { status: 503, code: 'SlowDown', retryAfter: 0 } : undefined
  }
  expect((await project.publish()).verified).toBe(6)
})

test('a publish begins with as many requests at a time as the storage allowed the last one', async () => {
  const { s3, project, objects } = await bucket()
  const pages = (text: string) =>
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}/index.html`, `${text} ${i}`]))
  let [now, refused, peak] = [0, 0, 0]
  s3.fault = () => {
    if (now < 8) {
      peak = Math.max(peak, ++now)
      return sleep(150).then(() => void now--)
    }
    refused++
    return { status: 503, code: 'SlowDown', retryAfter: 0 }
  }
  project.build({ 'index.html': 'home', ...pages('first') })
  await project.publish('--skip-verify')
  const { concurrency } = JSON.parse(objects().get('.vite-distill/state.json')!.body.toString())
  expect(concurrency).toBeLessThanOrEqual(10)
  const before = refused
  expect(before).toBeGreaterThan(10)
  project.build({ 'index.html': 'home', ...pages('second') })
  await project.publish('--skip-verify')
  expect(refused - before).toBeLessThan(before / 2)
  expect(peak).toBe(8)
}, 60_000)

test.each([
  ['a wrong secret', { secretAccessKey: 'not/the+secret' }, 7, 'UNAUTHORISED'],
  ['an unknown key', { accessKeyId: 'AKIAUNKNOWN' }, 7, 'UNAUTHORISED'],
  ['a bucket that is missing', { bucket: 'wwww' }, 2, 'BUCKET_MISSING'],
  ['a wrong region', { region: 'eu-west-1' }, 2, 'CONFIG_FAILED'],
  ['an endpoint that does not respond', { endpoint: 'http://127.0.0.1:9' }, 4, 'UNREACHABLE'],
])('%s', async (_, wrong, exitCode, code) => {
  const { project, target, objects } = await bucket()
  project.targets({ default: { ...target, ...wrong } })
  project.build(blog())
  for (const command of ['publish', 'test-publish']) {
    const result = await project.run([command, '--json', '-l', 'info'])
    expect(result.exitCode).toBe(exitCode)
    expect(JSON.parse(String(result.stdout))).toMatchObject({ error: { code } })
    for (const secret of ['very/secret', 'not/the', 'AKIATEST', 'AKIAUNKNOWN'])
      expect(`${String(result.stdout)}${String(result.stderr)}`).not.toContain(secret)
  }
  expect(objects().size).toBe(0)
})

test('credentials that expire half-way stop the publish, and nothing is deleted', async () => {
  const { s3, project, objects } = await bucket()
  project.build(blog('1'))
  await project.publish()
  const { 'about/index.html': _, ...rest } = blog('2')
  project.build(rest)
  let puts = 0
  s3.fault = ({ operation }) =>
    operation === 'PutObject' && puts++ >= 3 ? { status: 403, code: 'ExpiredToken' } : undefined
  expect(await project.fail('--yes')).toMatchObject({ exitCode: 7, code: 'UNAUTHORISED' })
  for (const key of Object.keys(blog('1'))) expect(objects().has(key)).toBe(true)
  s3.fault = undefined
  await project.publish('--yes')
  expect([...objects().keys()].sort()).toEqual([...Object.keys(rest), '.vite-distill/state.json'].sort())
})

test('test-publish of a bucket', async () => {
  const { project, target, objects } = await bucket()
  const { exitCode, stdout } = await project.run(['test-publish', '--json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(String(stdout))).toMatchObject({ ok: true, to: 's3://www/' })
  expect(objects().size).toBe(0)

  project.targets({ default: { ...target, prefix: 'site' } })
  const wrong = await project.run(['test-publish', '--json'])
  expect(wrong.exitCode).toBe(5)
  expect(wrong.stderr).toContain('`prefix`')
  expect(objects().size).toBe(0)
})
