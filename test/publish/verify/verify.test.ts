import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { website } from '../../../src/vite/website.ts'
import { blog, Project } from '../project.ts'
import { serving } from '../serve.ts'

const withUrl = (publicUrl: string) => ({
  default: { backend: 'directory', path: '../www', publicUrl } as const,
})

/** A project with a version published and verified, and one more built that lacks a page. */
async function deployed() {
  const project = new Project()
  const serve = website(project.www)
  const publicUrl = await serving((request) => answer(request))
  let answer: (request: Request) => Response | Promise<Response> = serve
  project.targets(withUrl(publicUrl))
  project.build(blog('1'))
  await project.publish()
  const { 'about/index.html': _, ...rest } = blog('2')
  project.build(rest)
  return {
    project,
    rest,
    serve,
    /** Changes what the public address responds. */
    answering(next: typeof answer) {
      answer = next
    },
  }
}

test('an address that serves something else', async () => {
  const { project, rest, serve, answering } = await deployed()
  answering(() => new Response('another site'))
  const { exitCode, stdout, stderr } = await project.run(['publish', '--yes', '--json'])
  expect(exitCode).toBe(5)
  const { error } = JSON.parse(String(stdout)) as {
    error: { code: string; message: string; mismatches: { key: string; stale: boolean }[] }
  }
  expect(error.code).toBe('UNVERIFIED')
  expect(error.mismatches.find(({ key }) => key === 'index.html')).toMatchObject({
    expected: expect.stringContaining('content'),
    got: expect.stringContaining('other content'),
    stale: false,
  })
  expect(stderr).toContain('Check `publicUrl`')
  // Nothing was deleted.
  expect(project.published()).toEqual({ ...blog('1'), ...rest })

  // The next publish verifies the same files before it deletes.
  expect(await project.fail('--yes')).toMatchObject({ exitCode: 5 })
  expect(project.published()).toEqual({ ...blog('1'), ...rest })

  answering(serve)
  const result = await project.publish('--yes')
  expect(result).toMatchObject({ counts: { keep: 5, delete: 2 }, verified: 5 })
  expect(project.published()).toEqual(rest)
  expect((await project.publish()).requests).toEqual({
    list: 1,
    get: 1,
    put: 0,
    rewrite: 0,
    copy: 0,
    remove: 0,
    public: 0,
  })
})

test('an address that does not respond', async () => {
  const { project, rest } = await deployed()
  project.targets(withUrl('http://127.0.0.1:9/'))
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 5, code: 'UNVERIFIED' })
  expect(error.message).toMatch(/127\.0\.0\.1:9\/.* does not answer/)
  expect(project.published()).toEqual({ ...blog('1'), ...rest })
})

test('a cache that still has the old site is not taken for a wrong address', async () => {
  const { project, serve, answering } = await deployed()
  answering((request) =>
    new URL(request.url).search === '' ? new Response('old') : serve(new Request(request.url.split('?')[0]!)),
  )
  const error = await project.fail('--yes')
  expect(error.exitCode).toBe(5)
  expect(error.message).toContain('an old answer from a cache')
  expect(error.hint).toContain('purge')
})

test('a page that is still served after it was deleted', async () => {
  const { project, rest, serve, answering } = await deployed()
  const old = await (await serve(new Request('http://x/about/'))).text()
  answering((request) => (request.url.endsWith('/about/index.html') ? new Response(old) : serve(request)))
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 5, code: 'UNVERIFIED' })
  expect(error.message).toContain('expected that it is gone')
  expect(project.published()).toEqual(rest)
})

test('a host that serves a page of its own at every unknown address', async () => {
  const { project, serve, answering } = await deployed()
  answering(async (request) => {
    const response = await serve(request)
    return response.status === 404 ? new Response('app shell') : response
  })
  expect((await project.publish('--yes')).counts.delete).toBe(2)
})

test('an address that is busy for a while', async () => {
  const { project, serve, answering } = await deployed()
  let asked = 0
  answering((request) => (asked++ < 3 ? new Response('busy', { status: 503 }) : serve(request)))
  expect((await project.publish('--yes')).verified).toBe(5)
})

test('--skip-verify verifies nothing', async () => {
  const { project, answering } = await deployed()
  answering(() => new Response('another site'))
  expect(await project.publish('--yes', '--skip-verify')).toMatchObject({
    verified: null,
    requests: { public: 0 },
  })
})

test('a site behind a password', async () => {
  const project = new Project()
  const serve = website(project.www)
  const url = new URL(
    await serving((request) =>
      request.headers.get('authorization') === `Basic ${btoa('me:s3cr3t-word')}`
        ? serve(request)
        : new Response('no', { status: 401 }),
    ),
  )
  url.username = 'me'
  url.password = 's3cr3t-word'
  project.targets(withUrl(url.href))
  project.build(blog())
  const { exitCode, stdout, stderr } = await project.run(['publish', '--json', '-l', 'info'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(String(stdout))).toMatchObject({ verified: 6 })
  expect(`${String(stdout)}${String(stderr)}`).not.toContain('s3cr3t-word')
  url.password = 's3cr3t-wrong'
  project.targets(withUrl(url.href))
  project.build(blog('2'))
  const failed = await project.run(['publish', '--yes', '--json', '-l', 'info'])
  expect(failed.exitCode).toBe(5)
  expect(`${String(failed.stdout)}${String(failed.stderr)}`).not.toContain('s3cr3t-wrong')
})

test('a redirect may be a page, or a status', async () => {
  const project = new Project()
  const serve = website(project.www)
  let native = false
  const publicUrl = await serving((request) =>
    native && new URL(request.url).pathname === '/old/'
      ? new Response(null, { status: 301, headers: { location: '/about/' } })
      : serve(request),
  )
  project.targets(withUrl(publicUrl))
  const redirect = {
    content: '<meta http-equiv="refresh" content="0;url=/about/">',
    kind: 'redirect' as const,
    url: '/old',
    redirect: { to: '/about/', status: 301 },
  }
  project.build({ ...blog(), 'old/index.html': redirect })
  expect((await project.publish()).verified).toBe(7)
  native = true
  project.build({ ...blog(), 'old/index.html': { ...redirect, content: `${redirect.content} ` } })
  expect((await project.publish()).verified).toBe(1)
})

test('test-publish prints each step of a target that is ready', async () => {
  const project = new Project()
  project.targets(withUrl(await serving(website(project.www))))
  const { exitCode, stdout, stderr } = await project.run(['test-publish', '--json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(String(stdout))).toMatchObject({
    ok: true,
    steps: [
      { name: 'write', ok: true },
      { name: 'list', ok: true },
      { name: 'write on a condition', ok: true },
      { name: 'write a state', ok: true },
      { name: 'read through the public address', ok: true },
      { name: 'delete', ok: true },
      { name: 'gone from the public address', ok: true },
    ],
  })
  expect(stderr).toContain('✓ read through the public address')
  expect(project.published()).toEqual({})
  expect((await project.run(['test-publish'])).stdout).toContain('is ready')
})

test.each([
  ['leads elsewhere', () => new Response('', { status: 404 }), '`publicUrl` leads somewhere else'],
  ['is not public', () => new Response('', { status: 403 }), 'allow public reads'],
  [
    'has moved',
    () => new Response('', { status: 301, headers: { location: 'https://x.test/' } }),
    'redirect leads to',
  ],
  ['serves another site', () => new Response('hello'), 'must lead to what the target holds'],
])('test-publish of a target whose address %s', async (_, answer, hint) => {
  const project = new Project()
  project.targets(withUrl(await serving(answer)))
  const { exitCode, stdout, stderr } = await project.run(['test-publish', '--json'])
  expect(exitCode).toBe(5)
  expect(JSON.parse(String(stdout))).toMatchObject({ ok: false, error: { code: 'UNVERIFIED' } })
  expect(stderr).toContain(hint)
  expect(project.published()).toEqual({})
})

test('test-publish of a target that cannot be written to', async () => {
  const project = new Project()
  writeFileSync(project.www, 'a file')
  const { exitCode, stderr } = await project.run(['test-publish'])
  expect(exitCode).toBe(4)
  expect(stderr).toContain('✗ write')
  rmSync(project.www)
  project.targets({ default: { backend: 'directory', path: '../none/www' } })
  expect((await project.run(['test-publish'])).exitCode).toBe(2)
  expect(() => project.published(join(project.home, 'none'))).toThrow('ENOENT')
})
