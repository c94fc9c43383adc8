import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoredObject } from '../../src/backends/backend.ts'
import { openBackend } from '../../src/backends/open.ts'
import { publish } from '../../src/publish/publish.ts'
import type { PublishFlags } from '../../src/publish/options.ts'
import type { WrittenRecord } from '../../src/publish/state/record.ts'
import { formatIndex, parseIndex } from '../../src/publish/state/state-index.ts'
import { testPublish } from '../../src/publish/test-publish.ts'
import type { TargetOptions } from '../../src/target-options.ts'
import { sourceOf } from '../backends/source.ts'
import { clouds, type Cloud } from './clouds.ts'
import { faulty } from './faulty.ts'
import { removeKeys } from '../backends/storage.ts'
import { blog, Project, type Content } from './project.ts'
import { serving } from './serve.ts'

describe.each(clouds)('%s', (name, start) => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await start()
  })
  afterAll(() => cloud.stop())

  /** A project with an empty bucket, and a host in front of it that only knows index documents. */
  async function bucket(options: TargetOptions = {}) {
    const target = await cloud.target()
    const address = cloud.addressOf(target)
    const read = (key: string) => fetch(address + key.split('/').map(encodeURIComponent).join('/'))
    const publicUrl = await serving(async ({ url }) => {
      const { pathname } = new URL(url)
      const response = await fetch(address + pathname.slice(1) + (pathname.endsWith('/') ? 'index.html' : ''))
      const headers = new Headers(response.headers)
      // `fetch` has decoded the body.
      for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection'])
        headers.delete(name)
      return new Response(await response.arrayBuffer(), { status: response.status, headers })
    })
    const project = new Project()
    const set = (more: TargetOptions) => project.targets({ default: { ...target, publicUrl, ...more } })
    set(options)
    return {
      project,
      set,
      read,
      open: () => openBackend(target, '.'),
      run: (flags: PublishFlags = {}) => publish(project.options, undefined, { yes: true, ...flags }),
      async keys() {
        const backend = await openBackend(target, '.')
        const found: string[] = []
        for await (const page of backend.list('')) found.push(...page.map(({ key }) => key))
        backend.close?.()
        return found.filter((key) => key !== '.vite-distill/state.json').sort()
      },
    }
  }

  test('a build during the uploads does not change what is published', async () => {
    const { project, run, keys, read } = await bucket()
    project.build(blog('1'))
    const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
      if (storage.calls[call - 1]!.what === 'about/index.html') project.build(blog('2'))
      return work()
    })
    await publish(project.options, undefined, { yes: true }, { open: storage.open })
    const published = async () =>
      Object.fromEntries(
        await Promise.all((await keys()).map(async (key) => [key, await (await read(key)).text()] as const)),
      )
    expect(await published()).toEqual(blog('1'))
    await run({ maxDeletes: 9 })
    expect(await published()).toEqual(blog('2'))
  })

  test('a first publish, an unchanged one, and one with changes and deletes', async () => {
    const { project, run, keys, read } = await bucket()
    project.build(blog('1'))
    expect(await run()).toMatchObject({ counts: { upload: 6 }, verified: 6, notices: [] })
    expect(await keys()).toEqual(Object.keys(blog('1')).sort())
    expect(await run()).toMatchObject({
      counts: { keep: 6 },
      requests: { list: 1, get: 1, put: 0, rewrite: 0, copy: 0, remove: 0, public: 0 },
    })
    const { 'about/index.html': _, ...rest } = blog('2')
    project.build(rest)
    expect(await run()).toMatchObject({ counts: { upload: 1, update: 4, delete: 2 }, verified: 5 })
    expect(await keys()).toEqual(Object.keys(rest).sort())
    expect(await (await read('posts/hello world & more/index.html')).text()).toContain('hello 2')
    expect((await run()).counts).toMatchObject({ keep: 5 })
  })

  // S3 and Google list 1,000 objects at a time, Azure 5,000.
  const many = name.startsWith('azure') ? 100 : 1001
  test(`${many} files: unchanged, and 20 changed`, async () => {
    const { project, run } = await bucket()
    const site: Record<string, Content> = Object.fromEntries(
      Array.from({ length: many }, (_, i) => [i === 0 ? 'index.html' : `posts/${i}/index.html`, `post ${i}`]),
    )
    project.build(site)
    await run({ skipVerify: true })
    // Readers and requests for a token have no such header.
    const asked = () => cloud.requests?.splice(0).filter(({ headers }) => headers.has('authorization')).length
    asked()
    // This one records the dates in the listing.
    await run({ skipVerify: true })
    const unchanged = await run({ skipVerify: true })
    expect(unchanged.requests.list).toBeLessThanOrEqual(2)
    expect(unchanged.requests).toMatchObject({ get: 1, put: 0, rewrite: 0, copy: 0, remove: 0 })
    const lists = unchanged.requests.list
    if (cloud.requests) expect(asked()).toBe(2 * (lists + 1))

    for (let i = 1; i <= 20; i++) site[`posts/${i}/index.html`] = `changed ${i}`
    project.build(site)
    const { requests } = await run()
    // The lock takes a put, a list and a removal.
    expect(requests).toEqual({
      list: 2 * lists + 1,
      get: 1,
      // The state says before the uploads what will be replaced, and then what was.
      put: 20 + 2 + 1,
      rewrite: 0,
      copy: 0,
      remove: 1,
      public: 20,
    })
    if (cloud.requests) expect(asked()).toBe(2 * lists + 1 + 1 + 23 + 1)
  })

  test('a change of headers alone sends no content, and all headers are there afterwards', async () => {
    const { project, set, run, read } = await bucket()
    project.build({
      ...blog(),
      'about/index.html': {
        content: 'about',
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-language': 'de' },
      },
    })
    await run()
    set({ headers: [{ match: 'about/**', 'cache-control': 'public, max-age=600' }] })
    const result = await run()
    expect(result).toMatchObject({
      plan: [{ key: 'about/index.html', action: 'headers', reason: 'headers' }],
      bytes: 0,
      verified: 1,
      requests: { rewrite: 1, put: 2 + 1 },
    })
    const { headers } = await read('about/index.html')
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-language': 'de',
      'cache-control': 'public, max-age=600',
    })
    expect((await run()).counts.keep).toBe(6)
  })

  test('headers that nobody recorded are replaced in place and verified', async () => {
    const { project, run, read, open } = await bucket()
    project.build(blog())
    const backend = await open()
    for (const [key, content] of Object.entries(blog()))
      await backend.put(key, sourceOf(String(content)), {
        headers: { 'content-type': 'application/octet-stream', 'cache-control': 'public, max-age=604800' },
      })
    backend.close?.()
    const result = await run()
    expect(result.plan.map(({ action, reason }) => `${action} ${reason}`)).toEqual(
      Array.from({ length: 6 }, () => 'headers unknown'),
    )
    expect(result).toMatchObject({ bytes: 0, verified: 6, requests: { rewrite: 6 } })
    const { headers } = await read('index.html')
    expect(headers.get('content-type')).toBe('text/html;charset=utf-8')
    expect(headers.get('cache-control')).toBe('public, max-age=0, must-revalidate')
    expect((await run()).counts.keep).toBe(6)
  })

  test('the next publish repairs what `verify: all` finds wrong', async () => {
    const { project, run, read, open } = await bucket()
    project.build(blog())
    await run()
    // The state records headers that the object does not have.
    const backend = await open()
    const state = (await backend.get('.vite-distill/state.json'))!
    const index = parseIndex(state.body)!
    const old = index.records.find(({ key }) => key === 'about/index.html') as WrittenRecord
    await backend.rewrite!('about/index.html', {
      headers: { 'content-type': 'text/html;charset=utf-8', 'cache-control': 'public, max-age=604800' },
      ifMatch: old.etag,
    })
    let listed: StoredObject | undefined
    for await (const [object] of backend.list('about/')) listed = object
    const records = index.records.map((record) =>
      record.key === 'about/index.html'
        ? { ...record, etag: listed!.etag, modified: listed!.modified }
        : record,
    )
    const source = sourceOf(formatIndex({ ...index, records }))
    await backend.put('.vite-distill/state.json', source, { headers: {} })
    backend.close?.()

    expect((await run()).plan).toEqual([])
    await expect(run({ verify: 'all' })).rejects.toMatchObject({
      code: 'UNVERIFIED',
      mismatches: [{ key: 'about/index.html' }],
    })
    const { plan, verified } = await run()
    expect(plan).toEqual([{ key: 'about/index.html', action: 'update', reason: 'unknown' }])
    expect(verified).toBe(1)
    const { headers } = await read('about/index.html')
    expect(headers.get('cache-control')).toBe('public, max-age=0, must-revalidate')
    expect(await run({ verify: 'all' })).toMatchObject({ plan: [], verified: 6 })
  })

  test('keys that the storage cannot hold are refused before the first upload', async () => {
    const { project, set, run, keys } = await bucket({ prefix: 'p'.repeat(900) })
    const long = `${'x'.repeat(140)}.html`
    project.build({ ...blog(), [long]: 'long', 'tab\tline.html': 'tab' })
    const azure = project.options.publish.default!.backend === 'azure'
    const refused = await run().catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'KEYS_REFUSED', exitCode: 3 })
    expect(String(refused)).toContain(`\`${long}\` (it is longer than 1,024`)
    expect(String(refused).includes('`tab%09line.html` (')).toBe(azure)
    expect(await keys()).toEqual([])
    expect((await run({ dryRun: true })).refused).toMatchObject({ code: 'KEYS_REFUSED' })
    set({})
    if (azure) await expect(run()).rejects.toMatchObject({ code: 'KEYS_REFUSED' })
    else expect(await run()).toMatchObject({ counts: { upload: 8 }, verified: 8 })
  })

  test('of two publishes at once, one succeeds', async () => {
    const { project, run, keys } = await bucket()
    project.build(blog())
    const results = await Promise.allSettled([run(), run()])
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    for (const error of failed) expect(error).toMatchObject({ code: 'LOCKED', exitCode: 6 })
    expect(failed.length).toBeLessThan(2)
    expect(await keys()).toEqual(Object.keys(blog()).sort())
  })

  test('compressed files are compared by their uncompressed content', async () => {
    const { project, set, run, read } = await bucket()
    const text = 'the same again and again. '.repeat(200)
    const site = {
      ...blog(),
      'long/index.html': text,
      'feed.xml': { content: text, headers: { 'content-type': 'application/xml' } },
    }
    project.build(site)
    set({ compress: [{ match: '**/*.xml', encoding: 'gzip' }, { encoding: 'br' }] })
    expect(await run()).toMatchObject({ counts: { upload: 8 }, verified: 8 })
    for (const [key, encoding] of [
      ['long/index.html', 'br'],
      ['feed.xml', 'gzip'],
      ['logo.png', null],
    ] as const) {
      const response = await read(key)
      expect(response.headers.get('content-encoding')).toBe(encoding)
      expect(await response.text()).toBe(key === 'logo.png' ? 'logo 1' : text)
    }
    expect((await run()).counts).toMatchObject({ keep: 8 })
    // The file is the same, and the stored content is another.
    set({})
    expect(await run()).toMatchObject({ counts: { update: 2, headers: 0, keep: 6 }, verified: 2 })
    expect((await read('long/index.html')).headers.get('content-encoding')).toBeNull()
  })

  test('clean URLs: each page is also stored under its bare name', async () => {
    const { project, set, run, read, keys } = await bucket()
    const moved = {
      content: '<meta http-equiv="refresh" content="0;url=/about/">',
      kind: 'redirect' as const,
      url: '/old',
      redirect: { to: '/about/', status: 301 },
    }
    const site = { ...blog(), 'team.html': 'team', 'old/index.html': moved }
    project.build(site)
    set({ cleanUrls: true })
    const copies = ['about', 'old', 'posts/hello world & more', 'team']
    expect(await run()).toMatchObject({ counts: { upload: 12 }, verified: 12 })
    expect(await keys()).toEqual([...Object.keys(site), ...copies].sort())
    const about = await read('about')
    expect(about.headers.get('content-type')).toBe('text/html;charset=utf-8')
    expect(await about.text()).toContain('about 1')
    expect((await run()).counts.keep).toBe(12)
    set({})
    expect((await run()).counts).toMatchObject({ delete: 4, keep: 8 })
    expect(await keys()).toEqual(Object.keys(site).sort())
  })

  test('unmanaged objects are deleted only with --adopt', async () => {
    const { project, run, keys } = await bucket()
    project.build({ ...blog(), 'left.txt': 'left', '!first.txt': 'first' })
    await run()
    const backend = await openBackend(project.options.publish.default!, '.')
    await removeKeys(backend, ['.vite-distill/state.json'])
    backend.close?.()
    project.build(blog())
    expect(await run()).toMatchObject({ counts: { delete: 0 } })
    expect(await keys()).toContain('left.txt')
    expect(await run({ adopt: true })).toMatchObject({ counts: { delete: 2 } })
    expect(await keys()).toEqual(Object.keys(blog()).sort())
  })

  test('verify: all verifies all of the site', async () => {
    const { project, run } = await bucket()
    project.build(blog())
    expect(await run()).toMatchObject({ verified: 6 })
    expect(await run({ verify: 'all' })).toMatchObject({
      verified: 6,
      requests: { put: 0, remove: 0, public: 6 },
    })
    project.build({ ...blog(), 'about/index.html': 'new' })
    expect(await run({ verify: 'all' })).toMatchObject({ verified: 6 })
  })

  test('test-publish runs all its steps', async () => {
    const { project, keys } = await bucket({ releases: 1 })
    const { ok, steps } = await testPublish(project.options, undefined)
    expect(ok).toBe(true)
    expect(steps.map(({ name }) => name)).toEqual([
      'write',
      'list',
      'write on a condition',
      'write a state',
      'read through the public address',
      'change headers',
      'copy',
      'delete',
      'gone from the public address',
    ])
    expect(await keys()).toEqual([])
  })

  test('the state holds no content and no secret', async () => {
    const { project, run, read } = await bucket()
    project.build(blog())
    await run()
    const state = await (await read('.vite-distill/state.json')).text()
    expect(state).toContain(createHash('sha256').update(String(blog()['logo.png'])).digest('hex'))
    expect(state).not.toMatch(/very\/secret|PRIVATE|AccountKey|Eby8vdM/)
  })
})
