import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nginxConfig } from '../../../src/render/host-files/nginx.ts'
import { type Files, asset, hashed, hostedSite, redirect, withHeaders } from './site.ts'

const hasNginx = spawnSync('nginx', ['-v']).error === undefined

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Serves a site with its configuration. The content of each file is its key. */
async function serve(files: Files, options: Parameters<typeof hostedSite>[1] = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'vite-distill-nginx-'))
  const base = decodeURIComponent(options.base ?? '/')
  for (const key of Object.keys(files)) {
    const path = join(dir, 'www', base, key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, key)
  }
  writeFileSync(join(dir, 'site.conf'), nginxConfig(hostedSite(files, options)))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  )
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr warn; events {}
http {
  access_log off; ${temporary.join(' ')} gzip on; gzip_min_length 1; gzip_types text/plain;
  server { listen 127.0.0.1:${port}; root ${dir}/www; include ${dir}/site.conf; }
}`,
  )
  const nginx = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'stderr'], { stdio: 'pipe' })
  let said = ''
  nginx.stderr.on('data', (text) => (said += String(text)))
  onTestFinished(async () => {
    await stop(nginx)
    rmSync(dir, { recursive: true })
  })
  for (;;) {
    if (nginx.exitCode !== null) throw new Error(said)
    const answered = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).catch(() => undefined)
    if (answered) break
    await setTimeout(20)
  }
  return {
    said: () => said,
    async get(path: string) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
      const { headers, status } = response
      const header = (name: string) => headers.get(name) ?? undefined
      return {
        status,
        header,
        type: header('content-type'),
        to: header('location'),
        body: await response.text(),
      }
    },
  }
}

async function stop(nginx: ChildProcess): Promise<void> {
  if (nginx.exitCode !== null) return
  nginx.kill('SIGTERM')
  await new Promise((resolve) => nginx.once('exit', resolve))
}

describe.skipIf(!hasNginx)('nginx', () => {
  const csp = `default-src 'self'; script-src "x";\\ {}`
  const files: Files = {
    'index.html': withHeaders({ 'content-security-policy': csp }),
    'about/index.html': withHeaders({
      'content-security-policy': csp,
      'x-robots-tag': 'noindex',
      'cache-control': 'no-cache',
    }),
    'team.html': withHeaders({ 'content-security-policy': csp, link: '</a.css>; rel=preload' }),
    '404.html': { status: 404, headers: { 'x-robots-tag': 'none' } },
    feed: withHeaders({ 'content-type': 'application/rss+xml; charset=utf-8' }),
    'old-type.txt': withHeaders({ 'content-type': 'text/plain; charset=iso-8859-1' }),
    'assets/a-12345678.js': hashed,
    'assets/b-12345678.css': hashed,
    'odd "$uri" {;}\\ü/index.html': withHeaders({ 'content-security-policy': csp, 'content-language': 'de' }),
    'notes.txt': asset,
    'old/index.html': redirect('/docs/$new "x"?a=1&b'),
    'far.html': redirect('https://far.example/', 308),
  }
  // No file system of Windows has such a name, and no build makes it.
  const odd = '/odd%20%22$uri%22%20%7B;%7D%5C%C3%BC/'

  it('serves the site as its manifest says', async () => {
    const { get, said } = await serve(files)
    const home = await get('/')
    expect(home).toMatchObject({ status: 200, body: 'index.html', type: 'text/html; charset=utf-8' })
    expect(home.header('content-security-policy')).toBe(csp)
    expect(home.header('cache-control')).toBe('public, max-age=0, must-revalidate')

    expect(await get('/about?a=1')).toMatchObject({ status: 301, to: '/about/?a=1' })
    for (const path of ['/about/', '/about/index.html']) {
      const about = await get(path)
      expect(about).toMatchObject({ status: 200, body: 'about/index.html' })
      expect(about.header('x-robots-tag')).toBe('noindex')
      expect(about.header('cache-control')).toBe('no-cache')
      expect(about.header('content-security-policy')).toBe(csp)
    }
    for (const path of ['/team', '/team.html']) {
      const team = await get(path)
      expect(team).toMatchObject({ status: 200, body: 'team.html', type: 'text/html; charset=utf-8' })
      expect(team.header('link')).toBe('</a.css>; rel=preload')
    }
    const strange = await get(odd)
    expect(strange).toMatchObject({ status: 200, body: 'odd "$uri" {;}\\ü/index.html' })
    expect(strange.header('content-language')).toBe('de')

    expect(await get('/feed')).toMatchObject({ status: 200, type: 'application/rss+xml; charset=utf-8' })
    expect(await get('/old-type.txt')).toMatchObject({ type: 'text/plain; charset=iso-8859-1' })
    expect(await get('/notes.txt')).toMatchObject({ type: 'text/plain; charset=utf-8' })
    // `gzip_types` of the server still finds the type.
    expect((await get('/notes.txt')).header('content-encoding')).toBe('gzip')
    const script = await get('/assets/a-12345678.js')
    expect(script).toMatchObject({ type: 'text/javascript; charset=utf-8' })
    expect(script.header('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(said()).toBe('')
  })

  it('redirects, and answers 404 with the page for it', async () => {
    const { get } = await serve(files)
    for (const path of ['/old', '/old/'])
      expect(await get(path)).toMatchObject({ status: 301, to: '/docs/%24new%20%22x%22?a=1&b' })
    for (const path of ['/far', '/far.html'])
      expect(await get(path)).toMatchObject({ status: 308, to: 'https://far.example/' })
    const missing = await get('/missing')
    expect(missing).toMatchObject({ status: 404, body: '404.html' })
    expect(missing.header('x-robots-tag')).toBe('none')
    // A folder without a page.
    expect(await get('/assets/')).toMatchObject({ status: 404, body: '404.html' })
  })

  it('serves a site below a base, with its fallback', async () => {
    const { get } = await serve(
      {
        'index.html': {},
        'drafts/index.html': withHeaders({ 'x-robots-tag': 'none' }),
        'drafts/a.html': withHeaders({ 'x-robots-tag': 'none' }),
        '200.html': {},
      },
      { base: '/a%20b/', fallback: '200.html' },
    )
    expect(await get('/a%20b/')).toMatchObject({ status: 200, body: 'index.html' })
    expect(await get('/a%20b/any/thing')).toMatchObject({ status: 200, body: '200.html' })
    expect((await get('/a%20b/drafts/a')).header('x-robots-tag')).toBe('none')
    expect((await get('/a%20b/drafts/')).header('x-robots-tag')).toBe('none')
    expect((await get('/a%20b/')).header('x-robots-tag')).toBe(undefined)
    expect(await get('/any')).toMatchObject({ status: 404 })
  })

  it('serves a site whose files have no extensions', async () => {
    const html = withHeaders({ 'content-type': 'text/html; charset=utf-8', 'x-robots-tag': 'none' })
    const { get } = await serve({ about: html, 'posts/1': html }, { layout: 'exact' })
    for (const path of ['/about', '/posts/1']) {
      const page = await get(path)
      expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' })
      expect(page.header('x-robots-tag')).toBe('none')
    }
  })
})

describe('the configuration of nginx', () => {
  it('cannot have a `$` in a header', () => {
    const site = hostedSite({ 'a/index.html': withHeaders({ link: '</$a>' }), 'index.html': {} })
    expect(() => nginxConfig(site)).toThrow('the header `link` of `a/index.html` has a `$`')
  })
})
