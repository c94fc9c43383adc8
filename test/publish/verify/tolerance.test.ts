import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackend } from '../../../src/backends/open.ts'
import type { UnverifiedError } from '../../../src/publish/verify/verify.ts'
import { publish } from '../../../src/publish/publish.ts'
import type { TargetOptions } from '../../../src/target-options.ts'
import { clouds, type Cloud } from '../clouds.ts'
import { blog, Project, type Content } from '../project.ts'
import { serving } from '../serve.ts'

const [[, startS3]] = clouds as [(typeof clouds)[number]]
let cloud: Cloud
beforeAll(async () => {
  cloud = await startS3()
})
afterAll(() => cloud.stop())

type Cdn = (request: Request, origin: (path: string) => Promise<Response>) => Promise<Response>

/** A project whose bucket is served through a CDN. Each call of `run` publishes with these options. */
async function behind(cdn: Cdn) {
  const target = await cloud.target()
  const address = cloud.addressOf(target)
  const origin = async (path: string) => {
    const response = await fetch(address + path.slice(1) + (path.endsWith('/') ? 'index.html' : ''))
    const { status, headers } = response
    const kept = ['content-type', 'cache-control'].map(
      (name) => [name, headers.get(name) ?? ''] as [string, string],
    )
    return new Response(await response.arrayBuffer(), { status, headers: kept })
  }
  const publicUrl = await serving((request) => cdn(request, origin))
  const project = new Project()
  const run = (options: TargetOptions = {}) => {
    project.targets({ default: { ...target, publicUrl, ...options } })
    return publish(project.options, undefined, { yes: true })
  }
  return {
    project,
    publicUrl,
    run,
    failure: (options: TargetOptions = {}) =>
      run(options).then(
        () => expect.unreachable('it was verified'),
        (error: unknown) => error as UnverifiedError,
      ),
    async keys() {
      const backend = await openBackend(target, '.')
      const found: string[] = []
      for await (const page of backend.list('')) found.push(...page.map(({ key }) => key))
      backend.close?.()
      return found.filter((key) => !key.startsWith('.vite-distill/')).sort()
    },
  }
}

const pathOf = ({ url }: Request) => new URL(url).pathname

describe('a CDN that rewrites HTML and sets its own Cache-Control', () => {
  const rewriting: Cdn = async (request, origin) => {
    const response = await origin(pathOf(request))
    const headers = new Headers(response.headers)
    headers.set('cache-control', 'max-age=14400')
    const isHtml = headers.get('content-type')?.startsWith('text/html')
    const body = isHtml
      ? `${await response.text()}<script src="/cdn.js"></script>`
      : await response.arrayBuffer()
    return new Response(body, { status: response.status, headers })
  }

  /** The site of a build that has one page of its own, so that each build leaves an orphan. */
  const siteOf = (build: number) => ({ ...blog(), [`news/${build}/index.html`]: `news ${build}` })

  test('orphans wait while it is not accepted, and are deleted with a notice once it is', async () => {
    const { project, run, failure, keys } = await behind(rewriting)
    for (const build of [1, 2, 3]) {
      project.build(siteOf(build))
      const error = await failure()
      expect(error).toMatchObject({ code: 'UNVERIFIED', exitCode: 5 })
      expect(error.hint).toContain("`verify: { content: 'status', headers: false }`")
    }
    const orphans = ['news/1/index.html', 'news/2/index.html']
    expect(await keys()).toEqual(expect.arrayContaining(orphans))

    const result = await run({ verify: { content: 'status', headers: false } })
    expect(result).toMatchObject({ counts: { delete: 2 }, verified: 7 })
    expect(result.notices).toEqual([expect.stringMatching(/2 orphans were deleted.*status/)])
    expect(await keys()).toEqual(Object.keys(siteOf(3)).sort())
    // Nothing is left to verify.
    expect(await run()).toMatchObject({ counts: { keep: 7 }, notices: [] })
  })

  test('either difference is accepted alone', async () => {
    const { project, failure } = await behind(rewriting)
    project.build(blog())
    const headers = await failure({ verify: { content: 'status' } })
    expect(headers.message).toContain('cache-control')
    expect(headers.message).not.toContain('content ')
    expect(headers.hint).toContain('`verify: { headers: false }`')
    const content = await failure({ verify: { headers: false } })
    expect(content.mismatches.map(({ key }) => key).every((key) => key.endsWith('.html'))).toBe(true)
    expect(content.message).not.toContain('cache-control')
    expect(content.hint).toContain("`verify: { content: 'status' }`")
  })
})

test.each([404, 500])('status %i is never accepted', async (status) => {
  const { project, failure, keys } = await behind(async (request, origin) =>
    pathOf(request) === '/about/' ? new Response('no', { status }) : origin(pathOf(request)),
  )
  project.build({ ...blog(), 'old/index.html': 'old' })
  await failure({ verify: { content: 'status', headers: false } })
  project.build(blog())
  const error = await failure({ verify: { content: 'status', headers: false } })
  expect(error.mismatches).toMatchObject([{ key: 'about/index.html', got: `status ${status}` }])
  expect(await keys()).toContain('old/index.html')
})

describe('an address that limits the rate of requests', () => {
  const pages: Record<string, Content> = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [i === 0 ? 'index.html' : `${i}/index.html`, `page ${i}`]),
  )

  test('all requests wait as long as it says, and then all pages are verified', async () => {
    const asked: number[] = []
    let allowed = 4
    let refusedAt: number | undefined
    const { project, run } = await behind(async (request, origin) => {
      asked.push(Date.now())
      if (allowed-- > 0) return origin(pathOf(request))
      if (refusedAt === undefined) {
        refusedAt = Date.now()
        setTimeout(() => {
          allowed = 4
          refusedAt = undefined
        }, 900)
      }
      return new Response('slow down', { status: 429, headers: { 'retry-after': '1' } })
    })
    project.build(Object.fromEntries(Object.entries(pages).slice(0, 20)))
    const result = await run({ verifyTimeout: 10_000 })
    expect(result).toMatchObject({ verified: 20 })
    // Each pause is as long as the address asked for, for every request.
    const pauses = asked.filter((at, i) => i > 0 && at - asked[i - 1]! > 800)
    expect(pauses.length).toBeGreaterThanOrEqual(3)
    expect(result.requests.public).toBeLessThan(100)
  })

  test.each([
    ['seconds', () => '3600'],
    ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
  ])('a `Retry-After` of an hour, in %s, is named, and is not a mismatch', async (_, retryAfter) => {
    const { project, failure } = await behind(
      async () => new Response('slow down', { status: 429, headers: { 'retry-after': retryAfter() } }),
    )
    project.build(pages)
    const error = await failure({ verifyTimeout: 5000 })
    expect(error).toMatchObject({ code: 'UNVERIFIED', exitCode: 5, mismatches: [] })
    expect(error.message).toMatch(/status 429, `Retry-After: .+`/)
    expect(error.hint).toContain('`verifyTimeout`')
  })

  test('429 without `Retry-After` ends at the timeout', async () => {
    const { project, failure } = await behind(async () => new Response('slow down', { status: 429 }))
    project.build(pages)
    const began = Date.now()
    const error = await failure({ verifyTimeout: 1500 })
    expect(error.mismatches).toEqual([])
    expect(error.message).toContain('status 429')
    expect(Date.now() - began).toBeLessThan(10_000)
  })

  test('requests that were allowed meanwhile count: many pages take longer than the timeout', async () => {
    const { project, run } = await behind(async (request, origin) => {
      const second = Math.floor(Date.now() / 300)
      if (second !== current) [current, left] = [second, 2]
      if (left-- > 0) return origin(pathOf(request))
      await sleep(5)
      return new Response('slow down', { status: 429 })
    })
    let [current, left] = [0, 0]
    project.build(pages)
    const began = Date.now()
    expect(await run({ verifyTimeout: 3000 })).toMatchObject({ verified: 40 })
    expect(Date.now() - began).toBeGreaterThan(3500)
  })
})

describe('a CDN that caches pages by its own rules', () => {
  function caching() {
    const cache = new Map<string, { status: number; body: ArrayBuffer; headers: [string, string][] }>()
    const cdn: Cdn = async (request, origin) => {
      const { pathname, search } = new URL(request.url)
      let found = cache.get(pathname + search)
      if (!found) {
        const response = await origin(pathname)
        found = {
          status: response.status,
          body: await response.arrayBuffer(),
          headers: [...response.headers],
        }
        cache.set(pathname + search, found)
      }
      return new Response(found.body, { status: found.status, headers: found.headers })
    }
    return { cdn, purge: () => cache.clear() }
  }
  const verify = { content: 'status', headers: false } as const

  test('a deleted file that only the cache still serves is a notice', async () => {
    const { cdn, purge } = caching()
    const { project, run, failure, publicUrl } = await behind(cdn)
    project.build({ ...blog(), 'old.html': 'old' })
    await run({ verify })
    expect((await fetch(`${publicUrl}old.html`)).status).toBe(200)
    project.build(blog())
    const { notices, counts } = await run({ verify })
    expect(counts.delete).toBe(1)
    expect(notices).toContainEqual(expect.stringMatching(/still serves 1 deleted files.*old\.html/))

    // By content, it is a failure.
    project.build({ ...blog(), 'older.html': 'older' })
    await run()
    purge()
    expect((await fetch(`${publicUrl}older.html`)).status).toBe(200)
    project.build(blog())
    const error = await failure()
    expect(error.mismatches).toMatchObject([{ key: 'older.html', stale: true }])
  })

  test('a deleted file that is served past the cache too is a failure', async () => {
    let frozen = false
    const copies = new Map<string, Response>()
    const { project, run, failure } = await behind(async (request, origin) => {
      const path = pathOf(request)
      const response = await origin(path)
      // It copies every file and rewrites pages, so that their content says nothing.
      if (response.status === 200 && !frozen)
        copies.set(path, new Response(`${await response.clone().text()}${Math.random()}`, response))
      return copies.get(path)?.clone() ?? response
    })
    project.build({ ...blog(), 'old.html': 'old' })
    await run({ verify })
    frozen = true
    project.build(blog())
    const error = await failure({ verify })
    expect(error.mismatches).toMatchObject([{ key: 'old.html', expected: 'that it is gone', stale: false }])
  })

  test('a host that serves a page of its own at every unknown address', async () => {
    const { project, run } = await behind(async (request, origin) => {
      const response = await origin(pathOf(request))
      return response.status === 200 ? response : new Response('app shell')
    })
    project.build({ ...blog(), 'old.html': 'old' })
    await run({ verify })
    project.build(blog())
    expect(await run({ verify })).toMatchObject({ counts: { delete: 1 } })
  })
})
