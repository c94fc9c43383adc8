import { expect, test } from 'vitest'
import { redactor } from '../../src/cli/secrets.ts'
import { inParallel } from '../../src/publish/parallel.ts'
import { retry } from '../../src/publish/retry.ts'
import { folderOf } from '../../src/publish/store/prefixed.ts'

test('secrets of targets and of the environment are taken out of a text', () => {
  const redact = redactor([
    {
      backend: 's3',
      bucket: 'bucket',
      accessKeyId: 'AKIA1',
      secretAccessKey: 'shh+/=',
      publicUrl: 'https://me:pass%20word@www.example.com/',
    },
  ])
  expect(redact('bucket AKIA1 shh+/= pass%20word "pass word" example.com')).toBe(
    'bucket *** *** *** "***" example.com',
  )
})

test.each([
  [undefined, ''],
  ['', ''],
  ['blog', 'blog/'],
  ['blog/', 'blog/'],
  ['a/b', 'a/b/'],
])('the prefix %j is the folder %j', (prefix, folder) => expect(folderOf(prefix)).toBe(folder))

test('after a failure no more is begun, and what is under way ends first', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const run = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item)
    await new Promise((resolve) => setTimeout(resolve, item * 5))
    if (item === 3) throw new Error('three')
    ended.push(item)
  })
  await expect(run).rejects.toThrow('three')
  expect(begun).toEqual([1, 2, 3, 4])
  expect(ended).toEqual([1, 2, 4])
})

test('a pause before another try is as long as was asked for, and is cut short by a request to stop', async () => {
  const started = Date.now()
  let tries = 0
  const failing = async () => {
    if (++tries < 2) throw new Error('busy')
    return tries
  }
  expect(await retry(failing, () => 300)).toBe(2)
  expect(Date.now() - started).toBeGreaterThanOrEqual(290)

  const controller = new AbortController()
  setTimeout(() => controller.abort(), 20)
  const stopped = retry(
    () => Promise.reject(new Error('busy')),
    () => 60_000,
    { signal: controller.signal },
  )
  await expect(stopped).rejects.toThrow('stopped on request')
})
