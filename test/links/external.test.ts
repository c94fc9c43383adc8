import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ExternalFacts, checkExternal } from '../../src/links/external/check-external.ts'
import { describeBrokenExternal, externalNotices } from '../../src/links/external/describe-external.ts'

type Respond = (request: IncomingMessage, response: ServerResponse) => void

/** `GET /a` for each request that came, of all servers. */
let requests: { line: string; headers: IncomingMessage['headers']; url: string }[] = []
let stops: (() => void)[] = []
let dir: string
let cacheFile: string

beforeEach(() => {
  requests = []
  dir = mkdtempSync(join(tmpdir(), 'vite-distill-external-'))
  cacheFile = join(dir, 'static.external.json')
})
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  rmSync(dir, { recursive: true, force: true })
})

/** Starts a host. Resolves to its address, without a `/` at the end. */
async function host(respond: Respond): Promise<string> {
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request
    requests.push({ line: `${method} ${url}`, headers, url: `http://${headers.host}${url}` })
    respond(request, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Responds by path: with a status, or a status and a `location`. */
const pages =
  (statuses: Record<string, number | [number, string]>): Respond =>
  ({ url = '' }, response) => {
    const answer = statuses[url] ?? 404
    if (typeof answer === 'number') response.writeHead(answer).end()
    else response.writeHead(answer[0], { location: answer[1] }).end()
  }

const lines = () => requests.map(({ line }) => line).sort()

/** Checks addresses, each with the paths that name it. */
const check = (
  links: Record<string, string[]>,
  options: Partial<Parameters<typeof checkExternal>[1]> = {},
): Promise<ExternalFacts> =>
  checkExternal(new Map(Object.entries(links).map(([url, from]) => [url, new Set(from)])), {
    cacheFile,
    isIgnored: () => false,
    quiet: true,
    ...options,
  })

describe('what is asked', () => {
  it('each address once, whatever its fragment and however many pages name it', async () => {
    const a = await host(pages({ '/': 200, '/x?y': 200 }))
    const facts = await check({
      [`${a}/`]: ['/', '/b/'],
      [`${a}/#x`]: ['/', '/c/'],
      [a]: ['/d/'],
      [`${a}/x?y`]: ['/'],
    })
    expect(facts).toEqual({ addresses: 2, broken: [], refused: [], moved: [] })
    expect(lines()).toEqual(['HEAD /', 'HEAD /x?y'])
  })

  it.each([400, 403, 404, 405, 500, 501, 503])('GET where HEAD gives %i', async (status) => {
    const a = await host(({ method }, response) => {
      response.writeHead(method === 'HEAD' ? status : 200).end('x')
    })
    expect((await check({ [`${a}/`]: ['/'] })).broken).toEqual([])
    expect(lines()).toEqual(['GET /', 'HEAD /'])
  })

  it('GET where HEAD gets no answer', async () => {
    const a = await host(({ method, socket }, response) => {
      if (method === 'HEAD') socket.destroy()
      else response.end('x')
    })
    expect(await check({ [`${a}/`]: ['/'] })).toMatchObject({ broken: [], refused: [] })
  })

  it('no more of a large page than its headers', async () => {
    const a = await host(({ method }, response) => {
      if (method === 'HEAD') response.writeHead(405).end()
      // It never ends.
      else response.write('x'.repeat(100_000))
    })
    expect((await check({ [`${a}/`]: ['/'] })).broken).toEqual([])
  })

  it('without cookies, user names and passwords, which are not told either', async () => {
    const a = await host(({ url }, response) => {
      response.setHeader('set-cookie', 'a=b')
      const location = `http://me:secret@${a.slice('http://'.length)}/y`
      if (url === '/x') response.writeHead(301, { location }).end()
      else response.writeHead(404).end()
    })
    const facts = await check({ [`${a.replace('//', '//me:secret@')}/x`]: ['/'] })
    expect(facts.broken.map(({ url }) => url)).toEqual([`${a}/x`])
    expect(requests.filter(({ headers }) => headers.authorization ?? headers.cookie)).toEqual([])
    const told = JSON.stringify(facts) + describeBrokenExternal(facts.broken)
    expect(told).not.toContain('secret')
  })

  it('8 at a time, and 2 of a host', async () => {
    const held: (() => void)[] = []
    const running = new Map<string, number>()
    let all = 0
    let most = 0
    let mostOfHost = 0
    const respond: Respond = ({ headers: { host: name = '' } }, response) => {
      const ofHost = (running.get(name) ?? 0) + 1
      running.set(name, ofHost)
      all++
      most = Math.max(most, all)
      mostOfHost = Math.max(mostOfHost, ofHost)
      held.push(() => {
        all--
        running.set(name, running.get(name)! - 1)
        response.end()
      })
      // The first are held until there are eight. A ninth would have come by the time the last of them are answered.
      if (requests.length >= 8) for (const release of held.splice(0)) setImmediate(release)
    }
    const hosts = await Promise.all(Array.from({ length: 6 }, () => host(respond)))
    const urls = hosts.flatMap((address) => Array.from({ length: 6 }, (_, i) => `${address}/${i}`))
    const facts = await check(Object.fromEntries(urls.map((url) => [url, ['/']])))
    expect(facts).toMatchObject({ addresses: 36, broken: [] })
    expect(requests).toHaveLength(36)
    expect([most, mostOfHost]).toEqual([8, 2])
  })

  it('nothing that is ignored, even behind a redirect', async () => {
    const a = await host(pages({ '/x': [302, '/private/x'] }))
    const facts = await check(
      { [`${a}/x`]: ['/'], [`${a}/private/y`]: ['/'] },
      { isIgnored: (address) => address.includes('/private/') },
    )
    expect(facts).toEqual({ addresses: 1, broken: [], refused: [], moved: [] })
    expect(lines()).toEqual(['HEAD /x'])
  })
})

describe('what is reported', () => {
  it('what leads nowhere, the most linked first', async () => {
    const a = await host(pages({ '/': 200, '/gone': 410, '/fails': 500 }))
    const closed = await host(() => {})
    stops.pop()!()
    const { addresses, broken } = await check({
      [`${a}/none`]: ['/b/', '/a/', '/c/'],
      [`${a}/gone#x`]: ['/b/', '/a/'],
      [`${a}/gone`]: ['/a/'],
      [`${closed}/`]: ['/'],
      'https://exa mple.com/': ['/'],
    })
    expect(addresses).toBe(4)
    expect(broken).toEqual([
      { url: `${a}/none`, status: 404, why: 'status 404', referrers: ['/a/', '/b/', '/c/'] },
      { url: `${a}/gone`, status: 410, why: 'status 410', referrers: ['/a/', '/b/'] },
      {
        url: `${closed}/`,
        status: undefined,
        why: expect.stringContaining('ECONNREFUSED'),
        referrers: ['/'],
      },
      { url: 'https://exa mple.com/', why: 'it is no valid address', referrers: ['/'] },
    ])
    expect(describeBrokenExternal(broken)).toContain(
      `4 URLs of other sites lead nowhere\n  \`${a}/none\` (status 404)\n    linked from \`/a/\`, \`/b/\`, \`/c/\`\n`,
    )
  })

  it('a server that never answers', async () => {
    const a = await host(() => {})
    const { broken } = await check({ [`${a}/`]: ['/'] }, { timeout: 50 })
    expect(broken.map(({ why }) => why)).toEqual(['nothing came for 0.05 s'])
  })

  it('a host that answers nothing, after a few addresses', async () => {
    const a = await host(({ socket }) => socket.destroy())
    const urls = Array.from({ length: 20 }, (_, i) => `${a}/${i}`)
    const { broken } = await check(Object.fromEntries(urls.map((url) => [url, ['/']])))
    expect(broken).toHaveLength(20)
    // HEAD and GET of three addresses, and of the one that is asked beside the third.
    expect(requests.length).toBeLessThanOrEqual(8)
  })

  it.each([401, 403, 429, 503, 999])('status %i as one that says nothing', async (status) => {
    const a = await host(pages({ '/x': status }))
    const facts = await check({ [`${a}/x`]: ['/'] })
    expect(facts.broken).toEqual([])
    expect(facts.refused).toEqual([{ url: `${a}/x`, status, why: `status ${status}`, referrers: ['/'] }])
    expect(externalNotices(facts)).toEqual([
      `1 URL of other sites cannot be checked, because their servers refuse it: \`${a}/x\` (status ${status})`,
    ])
  })

  it('where permanent redirects lead, across hosts, asking each address once', async () => {
    const b = await host(pages({ '/new': 200, '/login': 200 }))
    const a = await host(
      pages({
        '/old': [301, '/older'],
        '/older': [308, `${b}/new`],
        '/page': [302, `${b}/login`],
        '/both': [301, '/page'],
        '/dead': [301, '/none'],
      }),
    )
    const facts = await check({
      [`${a}/old`]: ['/'],
      [`${a}/older`]: ['/'],
      [`${a}/page`]: ['/'],
      [`${a}/both`]: ['/a/'],
      [`${a}/dead`]: ['/'],
      [`${b}/new`]: ['/'],
    })
    expect(facts.moved).toEqual([
      { url: `${a}/both`, instead: `${a}/page`, referrers: ['/a/'] },
      { url: `${a}/old`, instead: `${b}/new`, referrers: ['/'] },
      { url: `${a}/older`, instead: `${b}/new`, referrers: ['/'] },
    ])
    expect(facts.broken).toEqual([
      { url: `${a}/dead`, status: 404, why: `status 404, at \`${a}/none\``, referrers: ['/'] },
    ])
    const heads = requests.filter(({ line }) => line.startsWith('HEAD')).map(({ url }) => url)
    expect(heads).toHaveLength(new Set(heads).size)
    expect(externalNotices(facts)[0]).toContain(
      `3 URLs of other sites have moved for good: \`${a}/both\` → \`${a}/page\`, linked from \`/a/\`; `,
    )
  })

  it('redirects that never end', async () => {
    const a = await host(pages({ '/x': [302, '/y'], '/y': [302, '/x'] }))
    const { broken } = await check({ [`${a}/x`]: ['/'] })
    expect(broken.map(({ why }) => why)).toEqual(['its redirects do not end'])
    expect(requests).toHaveLength(2)
  })

  it('a redirect whose address is sent as UTF-8', async () => {
    const a = await host(pages({ '/x': [301, Buffer.from('/café').toString('latin1')], '/caf%C3%A9': 200 }))
    const { broken, moved } = await check({ [`${a}/x`]: ['/'] })
    expect([broken, moved.map(({ instead }) => instead)]).toEqual([[], [`${a}/caf%C3%A9`]])
  })

  it('a redirect to no web page as one that is right', async () => {
    const a = await host(pages({ '/app': [302, 'itms-apps://example.com/x'] }))
    expect((await check({ [`${a}/app`]: ['/'] })).broken).toEqual([])
  })
})

describe('`Retry-After`', () => {
  it.each([
    ['seconds', () => '0'],
    ['a date', () => new Date(Date.now() + 500).toUTCString()],
  ])('%s: asks again then', async (_, header) => {
    let asked = 0
    const a = await host((_, response) => {
      if (asked++ === 0) response.writeHead(429, { 'retry-after': header() }).end()
      else response.end()
    })
    expect(await check({ [`${a}/`]: ['/'] })).toMatchObject({ broken: [], refused: [] })
    expect(lines()).toEqual(['HEAD /', 'HEAD /'])
  })

  it('keeps all requests from the host meanwhile', async () => {
    let openAt: number | undefined
    const early: string[] = []
    const a = await host(({ url = '' }, response) => {
      openAt ??= Date.now() + 1000
      const isEarly = Date.now() < openAt - 50
      // Both that run.
      if (isEarly && (url === '/0' || url === '/1')) response.writeHead(503, { 'retry-after': '1' })
      else if (isEarly) early.push(url)
      response.end()
    })
    const urls = Array.from({ length: 8 }, (_, i) => `${a}/${i}`)
    const facts = await check(Object.fromEntries(urls.map((url) => [url, ['/']])))
    expect(facts).toMatchObject({ broken: [], refused: [] })
    expect(early).toEqual([])
  })

  it('gives up in time, and asks the host for nothing else', async () => {
    const a = await host((_, response) => response.writeHead(429, { 'retry-after': '0' }).end())
    const b = await host((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    const urls = [a, b].flatMap((address) => Array.from({ length: 10 }, (_, i) => `${address}/${i}`))
    const { refused } = await check(Object.fromEntries(urls.map((url) => [url, ['/']])))
    expect(refused).toHaveLength(20)
    const ofHost = (address: string) => requests.filter(({ url }) => url.startsWith(address)).length
    expect(ofHost(b)).toBe(2)
    expect(ofHost(a)).toBeLessThanOrEqual(6)
  })
})

describe('the answers of the last day', () => {
  const day = 24 * 60 * 60 * 1000
  const write = (answers: object) => writeFileSync(cacheFile, JSON.stringify({ version: 1, answers }))

  it('are not asked for again, and those that were not good are', async () => {
    const a = await host(pages({ '/': 200, '/old': [301, '/'], '/none': 404 }))
    const links = { [`${a}/`]: ['/'], [`${a}/old`]: ['/'], [`${a}/none`]: ['/'] }
    const first = await check(links)
    expect(first).toMatchObject({ broken: [{ url: `${a}/none` }], moved: [{ url: `${a}/old` }] })
    requests = []
    expect(await check(links)).toEqual(first)
    expect(lines()).toEqual(['GET /none', 'HEAD /none'])
    expect(readdirSync(dir)).toEqual(['static.external.json'])
  })

  it.each([
    ['an hour ago', -day / 24, 0],
    ['more than a day ago', -day - 1, 1],
    ['in the future', day, 1],
  ])('%s', async (_, age, asked) => {
    const a = await host(pages({ '/': 200 }))
    write({ [`${a}/`]: { at: Date.now() + age, status: 200 } })
    await check({ [`${a}/`]: ['/'] })
    expect(requests).toHaveLength(asked)
    expect(Object.keys((JSON.parse(readFileSync(cacheFile, 'utf8')) as { answers: object }).answers)).toEqual(
      [`${a}/`],
    )
  })

  it.each(['', '{', '[]', '{"version":1,"answers":{"x":{"at":"now"}}}', '{"version":2,"answers":{}}'])(
    'in a file that is damaged: %s',
    async (text) => {
      const a = await host(pages({ '/': 200 }))
      writeFileSync(cacheFile, text)
      expect((await check({ [`${a}/`]: ['/'] })).broken).toEqual([])
      expect(requests).toHaveLength(1)
    },
  )

  it('a file that cannot be written is no failure', async () => {
    const a = await host(pages({ '/': 200 }))
    const missing = join(dir, 'none', 'static.external.json')
    expect((await check({ [`${a}/`]: ['/'] }, { cacheFile: missing })).broken).toEqual([])
  })
})
