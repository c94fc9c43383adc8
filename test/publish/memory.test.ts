import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { startS3 } from '../servers/s3.ts'
import { Project } from './project.ts'

const child = (name: string) => fileURLToPath(new URL(`child/${name}.mjs`, import.meta.url))

test('a million unchanged files are planned and recorded in under 350 MB, and twenty changes write twenty ranges', async () => {
  const target = mkdtempSync(join(tmpdir(), 'publish-'))
  await execa('node', [child('million'), target])
  // The young generation of Node 20; a later Node lets it grow as large as the machine allows.
  const { stdout } = await execa('node', ['--max-semi-space-size=16', child('million'), target])
  const { counts, written, megabytes } = JSON.parse(stdout) as {
    counts: object
    written: string[]
    megabytes: number
  }
  expect(counts).toMatchObject({ update: 20, keep: 999_980, upload: 0, delete: 0 })
  expect(written.length).toBe(21)
  expect(written.at(-1)).toBe('.vite-distill/state.json')
  expect(megabytes).toBeLessThan(350)
})

test('a first publish keeps at most 700 bytes of each file in memory', async () => {
  const { stdout } = await execa('node', ['--expose-gc', child('first')])
  const { counts, written, bytes } = JSON.parse(stdout) as { counts: object; written: number; bytes: number }
  expect(counts).toMatchObject({ upload: 100_000 })
  expect(written).toBe(100_000)
  expect(bytes).toBeLessThan(700)
})

test('a file of 200 MB is published in under 64 MB of extra memory', async () => {
  const keys = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'very/secret+access/key' }
  const s3 = await startS3({ ...keys, buckets: ['www'] })
  onTestFinished(() => s3.stop())
  const project = (prefix: string) =>
    new Project({
      targets: { default: { backend: 's3', bucket: 'www', endpoint: s3.url, ...keys, prefix } },
    })
  const [small, large] = [project('small'), project('large')]
  small.build({ 'index.html': 'home' })
  const video = randomBytes(200 * 1024 * 1024)
  large.build({ 'index.html': 'home', 'video.mp4': { content: video } })

  const { stdout } = await execa('node', [
    '--expose-gc',
    child('large'),
    ...[small, large].map((project) => JSON.stringify(project.given)),
  ])
  expect((JSON.parse(stdout) as { megabytes: number }).megabytes).toBeLessThan(64)
  const stored = s3.buckets.get('www')!.objects.get('large/video.mp4')!
  expect(stored.body.equals(video)).toBe(true)
  expect(stored.etag).toMatch(/-40$/)
})
