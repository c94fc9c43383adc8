import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Target } from '../../src/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { startS3 } from '../servers/s3.ts'
import { clouds, type Cloud } from './clouds.ts'
import { blog, Project } from './project.ts'

describe.each(clouds)('the options that are stored with each object: %s', (name, start) => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await start()
  })
  afterAll(() => cloud.stop())

  async function bucket() {
    const target = await cloud.target()
    const project = new Project()
    project.build(blog())
    return {
      project,
      run(options: object = {}) {
        project.targets({ default: { ...target, ...options } as Target })
        return publish(project.options, undefined, { yes: true })
      },
      /** The user-defined metadata of an object, as visitors get them. */
      async metadata(key: string) {
        const { headers } = await fetch(cloud.addressOf(target) + key)
        const found = [...headers].flatMap(([name, value]) => {
          const match = /^x-(?:amz|goog|ms)-meta-(.*)$/.exec(name)
          return match ? [[match[1], value]] : []
        })
        return Object.fromEntries(found) as Record<string, string>
      },
    }
  }

  test('a change of them is a change of headers, which is made in place', async () => {
    const { run, metadata } = await bucket()
    await run({ metadata: { team: 'web', cost: '7' } })
    expect(await metadata('about/index.html')).toEqual({ team: 'web', cost: '7' })
    expect(await metadata('.vite-distill/state.json')).toEqual({})
    expect((await run({ metadata: { cost: '7', team: 'web' } })).counts).toMatchObject({ keep: 6 })

    const changed = await run({ metadata: { team: 'new' } })
    expect(changed).toMatchObject({ counts: { headers: 6, upload: 0, update: 0 }, bytes: 0 })
    expect(await metadata('about/index.html')).toEqual({ team: 'new' })
    expect((await run({ metadata: { team: 'new' } })).counts).toMatchObject({ keep: 6 })

    // A change of headers keeps them.
    const headers = [{ match: 'about/**', 'cache-control': 'no-cache' }]
    expect((await run({ metadata: { team: 'new' }, headers })).counts).toMatchObject({ headers: 1 })
    expect(await metadata('about/index.html')).toEqual({ team: 'new' })
    expect((await run({ metadata: {} })).counts).toMatchObject({ headers: 6 })
    expect(await metadata('about/index.html')).toEqual({})
  })

  test('what cannot be changed in place is uploaded again', async ({ skip }) => {
    if (name !== 'gcs on own server') return skip('the storage changes all of them in place')
    const { run } = await bucket()
    await run()
    const { counts, requests } = await run({ storageClass: 'NEARLINE' })
    expect(counts).toMatchObject({ headers: 6 })
    expect(requests).toMatchObject({ rewrite: 0, put: 6 + 3 })
  })
})

test('a bucket of S3 whose readers and writers pay', async () => {
  const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
  const server = await startS3({ ...keys, buckets: ['www'] })
  onTestFinished(() => server.stop())
  server.buckets.get('www')!.requesterPays = true
  const target = { backend: 's3', bucket: 'www', endpoint: server.url, ...keys } as const
  const project = new Project()
  const run = (options: object) => {
    project.targets({ default: { ...target, ...options } })
    return publish(project.options, undefined, { yes: true })
  }
  project.build({ ...blog('1'), 'large.bin': 'x'.repeat(9 * 1024 * 1024) })
  await expect(run({})).rejects.toMatchObject({ code: 'UNAUTHORISED' })
  const requestPayer = 'requester'
  expect((await run({ requestPayer })).counts).toMatchObject({ upload: 7 })
  project.build(blog('2'))
  expect((await run({ requestPayer, metadata: { a: 'b' } })).counts).toMatchObject({ delete: 2 })
  expect((await run({ requestPayer })).counts).toMatchObject({ headers: 6 })
})
