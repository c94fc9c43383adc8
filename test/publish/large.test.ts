import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openBackend } from '../../src/backends/open.ts'
import { publish } from '../../src/publish/publish.ts'
import { clouds, type Cloud } from './clouds.ts'
import { Project } from './project.ts'

const mebibyte = 1024 * 1024
const video = randomBytes(64 * mebibyte)
const site = { 'index.html': 'home', 'video.mp4': { content: video } }

/** The requests that store something. */
const writes = [
  'PutObject',
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'objects.insert',
  'upload.continue',
  'PutBlob',
  'PutBlock',
  'PutBlockList',
]
const isPart = (operation: string) => ['UploadPart', 'upload.continue', 'PutBlock'].includes(operation)

describe.each(clouds.slice(0, 3))('a file of 64 MB to %s', (_, start) => {
  let cloud: Cloud
  let server: NonNullable<Cloud['server']>
  beforeAll(async () => {
    cloud = await start()
    server = cloud.server!
  })
  afterAll(() => cloud.stop())
  beforeEach(() => {
    server.fault = undefined
    server.requests.length = 0
  })

  async function projectWithVideo() {
    const target = await cloud.target()
    const project = new Project()
    project.targets({ default: target })
    project.build(site)
    return { project, target }
  }
  async function stored(target: Awaited<ReturnType<Cloud['target']>>): Promise<Uint8Array> {
    const backend = await openBackend(target, '.')
    const found = await backend.get('video.mp4')
    backend.close?.()
    return found!.body
  }
  const parts = () => server.requests.filter(({ operation }) => isPart(operation)).length
  const sent = () =>
    server.requests.reduce((sum, { headers }) => sum + Number(headers.get('content-length') ?? 0), 0)

  test('every fourth part fails, is throttled or has its response lost: only those are sent again', async () => {
    const { project, target } = await projectWithVideo()
    const faults = [
      { status: 500, code: 'InternalError' },
      { status: 503, code: 'ServerBusy', retryAfter: 0 },
      'lost',
      'reset',
    ] as const
    let failed = 0
    server.fault = ({ operation }) =>
      isPart(operation) && parts() % 4 === 3 ? faults[failed++ % faults.length] : undefined
    const { requests } = await publish(project.options, undefined)
    server.fault = undefined
    expect(failed).toBeGreaterThan(1)
    expect(Buffer.compare(await stored(target), video)).toBe(0)
    expect(sent()).toBeLessThan(video.length + failed * 8 * mebibyte + 100_000)
    expect(requests.put).toBe(server.requests.filter(({ operation }) => writes.includes(operation)).length)
    if (cloud.unfinished) expect(cloud.unfinished(target)).toEqual([])
  })

  test('a part that fails for good is tried six times, and the file is not begun again', async () => {
    const { project, target } = await projectWithVideo()
    vi.spyOn(Math, 'random').mockReturnValue(0)
    server.fault = ({ operation }) =>
      isPart(operation) && parts() > 3 ? { status: 500, code: 'InternalError' } : undefined
    const failed = publish(project.options, undefined)
    await expect(failed).rejects.toMatchObject({ code: 'TRANSFER_FAILED', exitCode: 4 })
    server.fault = undefined
    vi.restoreAllMocks()
    // Three parts are under way at a time.
    expect(parts()).toBeLessThanOrEqual(3 + 3 * 6)
    if (cloud.unfinished) expect(cloud.unfinished(target)).toEqual([])
  })

  test('Ctrl-C during its upload ends it within two seconds, and the next publish finishes', async () => {
    const { project, target } = await projectWithVideo()
    server.fault = ({ operation }) => (isPart(operation) && parts() >= 3 ? 'hang' : undefined)
    const running = project.run(['publish', '--json'])
    await vi.waitFor(() => expect(parts()).toBeGreaterThanOrEqual(3), { timeout: 60_000, interval: 5 })
    const stopped = performance.now()
    running.kill('SIGINT')
    const { exitCode, stdout } = await running
    expect(performance.now() - stopped).toBeLessThan(2000)
    expect(exitCode).toBe(130)
    expect(JSON.parse(String(stdout))).toMatchObject({ error: { code: 'INTERRUPTED' } })
    server.fault = undefined
    if (cloud.unfinished) expect(cloud.unfinished(target)).toEqual([])
    await publish(project.options, undefined)
    expect(Buffer.compare(await stored(target), video)).toBe(0)
  })
})

test('an abort during a large file to a directory stops between two parts, and leaves nothing', async () => {
  const project = new Project()
  project.build(site)
  const controller = new AbortController()
  const reads: number[] = []
  const stopped = publish(
    project.options,
    undefined,
    {},
    {
      signal: controller.signal,
      async open(...args) {
        const backend = await openBackend(...args)
        return {
          ...backend,
          put: (key, source, options) =>
            backend.put(
              key,
              {
                ...source,
                read(start = 0, end) {
                  if (key === 'video.mp4') reads.push(start)
                  if (start > 0) controller.abort()
                  return source.read(start, end)
                },
              },
              options,
            ),
        }
      },
    },
  )
  await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 })
  expect(reads).toHaveLength(2)
  expect(Object.keys(project.published())).toEqual([])
  const scratch = join(project.www, '.vite-distill/tmp')
  expect(existsSync(scratch) ? readdirSync(scratch) : []).toEqual([])
  await publish(project.options, undefined)
  expect(Object.keys(project.published())).toEqual(['index.html', 'video.mp4'])
})
