import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DistillError } from '../../../src/errors.ts'
import type { PublishFlags } from '../../../src/publish/options.ts'
import { publish } from '../../../src/publish/publish.ts'
import { testPublish } from '../../../src/publish/test-publish.ts'
import type { UnverifiedError } from '../../../src/publish/verify/verify.ts'
import type { PurgeOption } from '../../../src/purge-options.ts'
import { website } from '../../../src/vite/website.ts'
import { account, startPurgeServer, type PurgeServer } from '../../servers/purge.ts'
import { blog, Project, type Content } from '../project.ts'
import { keep } from '../secrets.ts'
import { serving } from '../serve.ts'

let server: PurgeServer
beforeAll(async () => {
  server = await startPurgeServer()
})
afterAll(() => server.stop())

/** Caches every response for as long as `s-maxage` or `max-age` says, else for an hour, as many CDNs do. */
class CachingProxy {
  readonly #stored = new Map<string, { response: Response; until: number }>()
  readonly #origin: (request: Request) => Promise<Response>

  constructor(origin: (request: Request) => Promise<Response>) {
    this.#origin = origin
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const stored = this.#stored.get(request.url)
    if (stored && stored.until > Date.now()) return stored.response.clone()
    const response = await this.#origin(request)
    const caching = response.headers.get('cache-control') ?? ''
    const age = /\bs-maxage=(\d+)/.exec(caching) ?? /\bmax-age=(\d+)/.exec(caching) ?? ['', '3600']
    const kept = new Response(await response.arrayBuffer(), response)
    if (!caching.includes('no-store'))
      this.#stored.set(request.url, { response: kept, until: Date.now() + Number(age[1]) * 1000 })
    return kept.clone()
  }

  purge(urls: readonly string[]): void {
    for (const url of urls) this.#stored.delete(url)
  }
}

/** A project whose folder is served through a cache that really caches. */
async function behindCache() {
  const project = new Project()
  const cache = new CachingProxy(website(project.www))
  const publicUrl = await serving(cache.fetch)
  const purges: string[][] = []
  const working: PurgeOption = async (urls) => {
    purges.push(urls)
    cache.purge(urls)
  }
  const failing: PurgeOption = async () => {
    throw new Error('the network is down')
  }
  const run = (purge: PurgeOption | undefined, flags: PublishFlags = {}) => {
    const target = { backend: 'directory', path: '../www', publicUrl } as const
    project.targets({ default: purge ? { ...target, purge } : target })
    return publish(project.options, undefined, { yes: true, ...flags })
  }
  return {
    project,
    publicUrl,
    purges,
    working,
    failing,
    run,
    failure: (purge: PurgeOption | undefined, flags?: PublishFlags) =>
      run(purge, flags).then(
        () => expect.unreachable('it succeeded'),
        (error: unknown) => error as DistillError,
      ),
    visit: async (path: string) => (await fetch(publicUrl + path)).text(),
  }
}

const without = (site: Record<string, Content>, key: string) =>
  Object.fromEntries(Object.entries(site).filter(([other]) => other !== key))

test('what a cache still has fails a publish, and passes once it is purged', async () => {
  const { project, publicUrl, purges, working, run, failure, visit } = await behindCache()
  project.build(blog('1'))
  await run(undefined)
  const pages = ['', 'index.html', 'about', 'about/', 'about/index.html']
  for (const path of pages) await visit(path)

  project.build(blog('2'))
  const stale = (await failure(undefined)) as UnverifiedError
  expect(stale).toMatchObject({ code: 'UNVERIFIED', exitCode: 5 })
  expect(stale.mismatches.every(({ stale }) => stale)).toBe(true)
  expect(stale.hint).toContain('`purge`')
  expect(await visit('about/')).toContain('about 1')

  await run(working, { dryRun: true })
  expect(purges).toEqual([])

  // The next publish purges what it verifies again.
  const result = await run(working)
  expect(result).toMatchObject({ counts: { keep: 6, delete: 1 }, verified: 5 })
  for (const path of pages) expect(await visit(path)).toMatch(/ 2<\/h1>$/)
  expect(purges).toHaveLength(2)
  const [changed, deleted] = purges as [string[], string[]]
  for (const path of pages) expect(changed).toContain(publicUrl + path)
  expect(deleted).toEqual([`${publicUrl}assets/app-1xxxxxxx.js`])
  expect(result.purged).toBe(changed.length + deleted.length)

  // Nothing changed: nothing is purged.
  expect(await run(working)).toMatchObject({ purged: 0, requests: { put: 0 } })
  expect(await run(undefined)).toMatchObject({ purged: null })
  expect(purges).toHaveLength(2)
})

test('a page that a visitor asked for too early is purged with its first publish', async () => {
  const { project, run, working, visit } = await behindCache()
  await visit('about/')
  project.build(blog())
  expect((await run(working)).verified).toBe(6)
})

test('what is deleted is purged before it has to be gone', async () => {
  const { project, run, failure, working, visit } = await behindCache()
  for (const purge of [undefined, working]) {
    project.build(blog('1'))
    await run(working)
    await visit('about/index.html')
    project.build(without(blog('1'), 'about/index.html'))
    if (!purge) {
      expect((await failure(purge)).message).toContain('expected that it is gone')
      expect(await visit('about/index.html')).toContain('about 1')
    } else {
      await run(purge)
      expect(await visit('about/index.html')).toContain('lost')
    }
  }
})

test('what was deleted by a publish that died before it purged is purged by the next one', async () => {
  const { project, purges, run, working, visit } = await behindCache()
  project.build(blog('1'))
  await run(working)
  await visit('about/index.html')
  project.build(without(blog('1'), 'about/index.html'))
  // The state still has the page.
  rmSync(join(project.www, 'about/index.html'))
  purges.splice(0)
  expect(await run(working)).toMatchObject({ counts: { delete: 0 }, purged: 3 })
  expect(await visit('about/index.html')).toContain('lost')
  expect(await run(working)).toMatchObject({ purged: 0 })
})

test('a publish that is stopped while it purges is made up for by the next one', async () => {
  const { project, purges, run, working, visit, publicUrl } = await behindCache()
  project.build(blog('1'))
  await run(working)
  purges.splice(0)
  await visit('logo.png')
  project.build({ ...blog('1'), 'logo.png': 'logo 2' })
  const stop = new AbortController()
  const slow: PurgeOption = (_, { signal }) =>
    new Promise((_, reject) => {
      signal!.addEventListener('abort', () => reject(new Error('aborted')))
      stop.abort()
    })
  const target = { backend: 'directory', path: '../www', publicUrl, purge: slow } as const
  project.targets({ default: target })
  await expect(publish(project.options, undefined, {}, { signal: stop.signal })).rejects.toMatchObject({
    code: 'INTERRUPTED',
  })
  expect(await run(working)).toMatchObject({ counts: { update: 0 }, purged: 1, verified: 1 })
  expect(purges).toEqual([[`${publicUrl}logo.png`]])
})

test.each<[flags: PublishFlags]>([[{}], [{ skipVerify: true }]])(
  'a purge that fails is made up for by the next publish, with %o',
  async (flags) => {
    const { project, purges, run, failure, failing, working, visit } = await behindCache()
    project.build(blog('1'))
    await run(working, flags)
    purges.splice(0)
    for (const path of ['about/', 'about/index.html', 'logo.png']) await visit(path)
    const site = without(blog('2'), 'about/index.html')
    project.build(site)
    const error = await failure(failing, flags)
    expect(error).toMatchObject({ code: 'PURGE_FAILED', exitCode: 5 })
    expect(error.message).toBe('cannot purge the cache: the network is down')
    // Everything is uploaded, and nothing deleted.
    expect(project.published()).toEqual({ ...blog('1'), ...site })
    expect(await visit('logo.png')).toBe('logo 1')

    // This time only the purge of what is deleted fails.
    const first: PurgeOption = (urls, context) => (purges.length === 0 ? working : failing)(urls, context)
    expect(await failure(first, flags)).toMatchObject({ code: 'PURGE_FAILED' })
    expect(await visit('logo.png')).toBe('logo 2')
    expect(project.published()).toEqual(site)
    expect(await visit('about/')).toContain('about 1')

    // It fails again, and is not forgotten.
    expect(await failure(failing, flags)).toMatchObject({ code: 'PURGE_FAILED' })
    const result = await run(working, flags)
    expect(result).toMatchObject({ counts: { upload: 0, update: 0, delete: 0 } })
    expect(await visit('about/')).toContain('lost')
    expect(purges).toHaveLength(2)
    expect(purges[1]!.some((url) => url.endsWith('/about/'))).toBe(true)
    expect(purges[1]!.some((url) => url.endsWith('/logo.png'))).toBe(false)
    expect(await run(working, flags)).toMatchObject({ purged: 0, requests: { put: 0 } })
    expect(readFileSync(join(project.www, '.vite-distill/state.json'), 'utf8')).not.toContain('about')
  },
)

test('test-publish purges the URL of its object', async () => {
  const { project, publicUrl, purges, working, failing, run } = await behindCache()
  project.build(blog())
  await run(working)
  purges.splice(0)
  const result = await testPublish(project.options, undefined)
  expect(result.ok).toBe(true)
  const names = result.steps.map(({ name }) => name)
  expect(names.slice(-3)).toEqual(['delete', 'purge', 'gone from the public address'])
  expect(purges).toEqual([[expect.stringMatching(/\/vite-distill-test-[\w-]+\.txt$/)]])
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl, purge: failing } })
  const failed = await testPublish(project.options, undefined)
  expect(failed).toMatchObject({ ok: false, error: { code: 'PURGE_FAILED' } })
  expect(failed.steps.at(-1)).toMatchObject({ name: 'purge', ok: false })
})

test('the commands purge, and print no token', async () => {
  const apiToken = `${account.token}-not`
  for (const secret of [account.token, apiToken]) keep(secret)
  const project = new Project()
  const publicUrl = await serving(website(project.www))
  const preload = join(import.meta.dirname, '../child/purge-server.mjs')
  const env = { NODE_OPTIONS: `--import ${preload}`, PURGE_SERVER: server.url }
  const target = { backend: 'directory', path: '../www', publicUrl } as const
  project.build(blog())

  project.targets({ default: { ...target, purge: { fastly: {} } } })
  const missing = await project.run(['publish'], { env: { ...env, FASTLY_API_TOKEN: '' } })
  expect(missing.exitCode).toBe(2)
  expect(missing.stderr).toContain('`FASTLY_API_TOKEN`')
  // Before anything was uploaded.
  expect(() => project.published()).not.toThrow()
  expect(project.published()).toEqual({})

  project.targets({ default: { ...target, purge: { cloudflare: { zoneId: account.zoneId, apiToken } } } })
  // The provider's message quotes the token.
  server.fault = ({ headers }) => ({
    status: 403,
    body: { errors: [{ code: 9109, message: `Invalid token ${headers.authorization}` }] },
  })
  const refused = await project.run(['publish', '-l', 'info'], { env })
  expect(refused.exitCode).toBe(5)
  expect(refused.stderr).toContain('cannot purge Cloudflare: Invalid token Bearer ***')

  server.fault = ({ headers }) => ({ status: 403, body: { msg: `not ${String(headers['fastly-key'])}` } })
  project.targets({ default: { ...target, purge: { fastly: {} } } })
  const fromEnvironment = { ...env, FASTLY_API_TOKEN: account.token }
  const fastly = await project.run(['publish', '--json', '-l', 'info'], { env: fromEnvironment })
  expect(fastly.exitCode).toBe(5)
  expect(fastly.stderr).toContain('not ***')

  server.fault = undefined
  const { exitCode, stdout } = await project.run(['publish'], { env: fromEnvironment })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/ URLs purged$/m)
})
