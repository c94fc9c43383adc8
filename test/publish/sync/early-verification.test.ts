import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { TargetOptions } from '../../../src/target-options.ts'
import { publish } from '../../../src/publish/publish.ts'
import { website } from '../../../src/vite/website.ts'
import { deferred } from '../deferred.ts'
import { broken, faulty, type Fault } from '../faulty.ts'
import { blog, Project } from '../project.ts'

const script = 'assets/new-a1b2c3d4.js'
const address = `/${script}`
const site = { ...blog('2'), [script]: 'a new script' }

/**
 * Publishes a second version of a blog, with a new script, and the root page's upload as `root` has it. `log` has each
 * request to the public address, and each upload when it is done.
 */
async function publishing(
  root: Fault,
  {
    answer = () => false,
    log = [],
    ...options
  }: TargetOptions & { answer?: (...args: Asked) => boolean; log?: string[] } = {},
) {
  const project = new Project()
  const serve = website(project.www)
  const server = createServer((request, response) => {
    log.push(`GET ${request.url}`)
    if (answer(request, response)) return
    void Promise.resolve(serve(new Request(new URL(request.url!, 'http://x')))).then(async (found) => {
      response.writeHead(found.status, Object.fromEntries(found.headers))
      response.end(Buffer.from(await found.arrayBuffer()))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl, ...options } })
  project.build({ ...blog('1'), 'old/index.html': 'old' })
  await project.publish('--skip-verify')
  project.build(site)
  const { open, calls } = faulty(async (call, work) => {
    const { name, what } = calls[call - 1]!
    const result = name === 'put' && what === 'index.html' ? await root(call, work) : await work()
    log.push(`${name.toUpperCase()} ${what}`)
    return result
  })
  const run = (more = {}) => publish(project.options, undefined, { yes: true, ...more }, { open })
  return { project, log, run }
}

type Asked = Parameters<RequestListener>
const requestsOf = (log: string[], path: string) => log.filter((line) => line === `GET ${path}`)
const done: Fault = (_, work) => work()

test('new assets are looked at while pages upload, and once', async () => {
  const asked = deferred()
  const { log, run } = await publishing(
    async (_, work) => {
      await asked.promise
      return work()
    },
    {
      answer({ url }) {
        if (url === address) asked.resolve()
        return false
      },
    },
  )
  const { verified, counts, requests } = await run()
  expect(requestsOf(log, address)).toHaveLength(1)
  expect(log.indexOf(`GET ${address}`)).toBeLessThan(log.indexOf('PUT index.html'))
  // Pages are looked at after the last upload.
  const page = log.findIndex((line) => /^GET \/(?:.+\/)?$/.test(line))
  expect(page).toBeGreaterThan(log.indexOf('PUT index.html'))
  const gets = log.filter((line) => line.startsWith('GET /'))
  expect(new Set(gets).size).toBe(gets.length)
  expect(requests.public).toBe(gets.length)
  expect(verified).toBe(counts.upload + counts.update)
})

test('an asset that is not served before the last upload is verified after it', async () => {
  const asked = deferred()
  let isUp = false
  const { log, run } = await publishing(
    async (_, work) => {
      await asked.promise
      const result = await work()
      isUp = true
      return result
    },
    {
      answer({ url }, response) {
        if (url !== address || isUp) return false
        response.writeHead(404).end('not yet')
        asked.resolve()
        return true
      },
    },
  )
  const { verified, counts } = await run()
  expect(verified).toBe(counts.upload + counts.update)
  expect(counts.delete).toBeGreaterThan(0)
  expect(requestsOf(log, address)).toHaveLength(2)
})

test('a publish that fails meanwhile deletes nothing and leaves no request running', async () => {
  const asked = deferred()
  const closed = vi.fn()
  const { project, log, run } = await publishing(
    async () => {
      await asked.promise
      throw broken()
    },
    {
      // A request that ran on would keep the publish for so long.
      verifyTimeout: 600_000,
      answer({ url }, response) {
        if (url !== address) return false
        response.on('close', closed)
        asked.resolve()
        return true
      },
    },
  )
  await expect(run()).rejects.toMatchObject({ code: 'TRANSFER_FAILED' })
  await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce())
  expect(requestsOf(log, address)).toHaveLength(1)
  expect(project.published()).toMatchObject({ 'old/index.html': 'old', [script]: 'a new script' })
})

test.each([
  ['nothing is verified', { skipVerify: true }],
  ['requests are made one by one', { concurrency: 1 }],
])('nothing is looked at early where %s', async (_, flags) => {
  const { log, run } = await publishing(done)
  await run(flags)
  const uploaded = log.indexOf('PUT index.html')
  expect(log.slice(0, uploaded).filter((line) => line.startsWith('GET /'))).toEqual([])
  expect(requestsOf(log, address)).toHaveLength('skipVerify' in flags ? 0 : 1)
})

test('nothing is looked at before a purge', async () => {
  const log: string[] = []
  const { run } = await publishing(done, { log, purge: () => void log.push('PURGE') })
  log.length = 0
  await run()
  const first = log.findIndex((line) => line.startsWith('GET /'))
  expect(first).toBeGreaterThan(log.indexOf('PURGE'))
  expect(log.indexOf('PURGE')).toBeGreaterThan(log.indexOf('PUT index.html'))
})
