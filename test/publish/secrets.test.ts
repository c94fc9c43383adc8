import { expect, test } from 'vitest'
import { startS3 } from '../servers/s3.ts'
import { blog, Project } from './project.ts'
import { expectNoSecret, lookAt } from './secrets.ts'

test('a secret that is printed would be seen', async () => {
  const s3 = await startS3({ publicBuckets: ['www'] })
  const project = new Project()
  project.targets({
    default: {
      backend: 's3',
      bucket: 'www',
      endpoint: s3.url,
      accessKeyId: 'AKIAWRONGWRONG',
      secretAccessKey: 'a-secret/that+is=wrong',
      sessionToken: 'a-token-that-is-wrong',
    },
  })
  project.build(blog())
  for (const args of [
    ['publish'],
    ['publish', '-l', 'info'],
    ['publish', '--json'],
    ['test-publish'],
    ['unlock'],
  ])
    expect((await project.run(args)).exitCode).toBe(7)
  // What the commands printed, and what is in the project's folder.
  expect(expectNoSecret()).toEqual({ texts: 6, secrets: 3 })
  lookAt('this', () => 'the key is a-secret/that+is=wrong, said the library')
  expect(expectNoSecret).toThrow('this holds a secret')
  await s3.stop()
})
