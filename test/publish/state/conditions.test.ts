import { expect, onTestFinished, test } from 'vitest'
import { publish } from '../../../src/publish/publish.ts'
import { testPublish } from '../../../src/publish/test-publish.ts'
import { startS3 } from '../../servers/s3.ts'
import { blog, Project } from '../project.ts'

const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
const flags = { yes: true }

/** A bucket whose conditional writes can fail as in Ceph with versioning. */
async function bucket() {
  const s3 = await startS3({ ...keys, publicBuckets: ['www'] })
  onTestFinished(() => s3.stop())
  const project = new Project()
  project.targets({ default: { backend: 's3', bucket: 'www', endpoint: s3.url, ...keys } })
  const www = s3.buckets.get('www')!
  return {
    s3,
    project,
    www,
    run: () => publish(project.options, undefined, flags),
    site: () =>
      Object.fromEntries(
        [...www.objects]
          .filter(([key]) => !key.startsWith('.vite-distill/'))
          .map(([key, { body }]) => [key, body.toString()]),
      ),
    conditions: () =>
      (JSON.parse(www.objects.get('.vite-distill/state.json')!.body.toString()) as { conditions?: string })
        .conditions,
  }
}

const saysSo = 'Conditional writes do not work in this bucket'

test('where conditions do not work, a publish says so once and goes on without a lock', async () => {
  const { project, www, run, site, conditions } = await bucket()
  www.conditionsFail = true
  project.build(blog('1'))
  const first = await run()
  expect(first.counts).toMatchObject({ upload: 6 })
  expect(first.notices.join()).toContain(saysSo)
  expect(site()).toEqual(blog('1'))
  expect(conditions()).toBe('none')
  expect(www.objects.has('.vite-distill/lock.json')).toBe(false)

  project.build(blog('2'))
  const second = await run()
  expect(second.counts).toMatchObject({ upload: 1, update: 5, delete: 1 })
  expect(second.notices.join()).not.toContain(saysSo)
  expect(site()).toEqual(blog('2'))
  expect((await run()).counts).toMatchObject({ keep: 6 })

  // They work again: so does the lock.
  www.conditionsFail = false
  project.build(blog('3'))
  await run()
  expect(conditions()).toBeUndefined()
  expect(site()).toEqual(blog('3'))
})

test.each([
  ['with a new file', blog('2')],
  ['of a page alone', { ...blog('1'), 'about/index.html': 'changed' }],
])('conditions that no longer work do not stop an update %s', async (_, next) => {
  const { project, www, run, site, conditions } = await bucket()
  project.build(blog('1'))
  expect((await run()).notices.join()).not.toContain(saysSo)
  expect(conditions()).toBeUndefined()
  www.conditionsFail = true
  project.build(next)
  expect((await run()).notices.join()).toContain(saysSo)
  expect(conditions()).toBe('none')
  expect(site()).toEqual(next)
  expect(www.objects.has('.vite-distill/lock.json')).toBe(false)
})

test('test-publish says that conditions do not work, and that the target is ready', async () => {
  const { project, www } = await bucket()
  const good = await testPublish(project.options, undefined)
  expect(good.notices.join()).not.toContain(saysSo)
  expect(good.steps).toContainEqual(expect.objectContaining({ name: 'write on a condition', ok: true }))
  www.conditionsFail = true
  const result = await testPublish(project.options, undefined)
  expect(result).toMatchObject({
    ok: true,
    notices: expect.arrayContaining([expect.stringContaining(saysSo)]),
  })
  expect(result.steps.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['write on a condition'])
  expect(www.objects.size).toBe(0)
})
