import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllHeaders } from '@netlify/headers-parser'
import { parseAllRedirects } from '@netlify/redirect-parser'
import { describe, expect, it, onTestFinished } from 'vitest'
import { headersFile } from '../../../src/render/host-files/headers-file.ts'
import { redirectsFile } from '../../../src/render/host-files/redirects-file.ts'
import { asset, hashed, hostedSite, redirect, withHeaders } from './site.ts'

function fileOf(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'vite-distill-hosts-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'file'), text)
  return join(dir, 'file')
}

/** What Netlify reads. */
async function headersOf(text: string): Promise<Record<string, unknown>> {
  const given = { headersFiles: [fileOf(text)], configHeaders: [], minimal: true }
  const { headers, errors } = await parseAllHeaders(given as never)
  expect(errors).toEqual([])
  return Object.fromEntries(headers.map((rule) => [rule.for, rule.values]))
}

async function redirectsOf(text: string) {
  const given = { redirectsFiles: [fileOf(text)], configRedirects: [], minimal: true }
  const { redirects, errors } = await parseAllRedirects(given as never)
  expect(errors).toEqual([])
  return (redirects as { from: string; to: string; status: number; force: boolean }[]).map(
    ({ from, to, status, force }) => ({ from, to, status, force }),
  )
}

describe('_headers', () => {
  it('says the headers of each file', async () => {
    const csp = `default-src 'self'; img-src "x" *; report-uri https://a.example/:b`
    const { text, warnings } = headersFile(
      hostedSite({
        'index.html': withHeaders({ 'content-security-policy': csp }),
        'about/index.html': withHeaders({ 'content-security-policy': csp, 'x-robots-tag': 'noindex' }),
        'über uns.html': withHeaders({
          'content-security-policy': csp,
          link: '</a.css>; rel=preload, </b>; rel=next',
        }),
        feed: withHeaders({ 'content-type': 'application/rss+xml', 'cache-control': 'max-age=60' }),
        'assets/a-12345678.js': hashed,
        'assets/b-12345678.css': hashed,
        'robots.txt': asset,
        'old/index.html': redirect('/'),
      }),
    )
    expect(warnings).toEqual([])
    expect(await headersOf(text)).toEqual({
      '/*': { 'content-security-policy': csp },
      '/about/': { 'x-robots-tag': 'noindex' },
      '/assets/*': { 'cache-control': 'public, max-age=31536000, immutable' },
      '/feed': { 'cache-control': 'max-age=60', 'content-type': 'application/rss+xml' },
      '/%C3%BCber%20uns': { link: '</a.css>; rel=preload, </b>; rel=next' },
      '/%C3%BCber%20uns.html': { link: '</a.css>; rel=preload, </b>; rel=next' },
    })
  })

  it('has the base, in which no character is a pattern', async () => {
    const noindex = withHeaders({ 'x-robots-tag': 'noindex' })
    const { text } = headersFile(hostedSite({ 'a.html': noindex, 'b/c.html': noindex }, { base: '/d:e*/' }))
    expect(await headersOf(text)).toEqual({ '/d%3Ae%2A/*': { 'x-robots-tag': 'noindex' } })
  })

  it('is told where Cloudflare reads only a part of it', () => {
    const files = Object.fromEntries(
      Array.from({ length: 101 }, (_, i) => [`${i}/index.html`, withHeaders({ link: `</${i}>; rel=next` })]),
    )
    files['0/index.html'] = withHeaders({ link: `<${'x'.repeat(2000)}>` })
    expect(headersFile(hostedSite(files)).warnings).toEqual([
      expect.stringContaining('`_headers` has 101 rules, and Cloudflare reads 100'),
      expect.stringContaining(
        '`_headers` has lines over 2,000 characters, which Cloudflare ignores: `link: <xxx',
      ),
    ])
  })
})

describe('_redirects', () => {
  const site = hostedSite(
    {
      'old/index.html': redirect('/docs/new'),
      'gone.html': redirect('https://user.example:8080/a:b/*?c=:d#e', 302),
      'feed.rss': redirect('//cdn.example/feed.xml', 307),
      'sp ace/index.html': redirect('/docs/a b"\\<ü', 308),
      'both.html': redirect('/docs/1'),
      'both/index.html': redirect('/docs/2'),
      'index/index.html': redirect('/docs/x/index.html', 303),
    },
    { base: '/docs/' },
  )
  const rules = [
    ['/docs/both', '/docs/2', 301],
    ['/docs/both.html', '/docs/1', 301],
    ['/docs/both/', '/docs/2', 301],
    ['/docs/feed.rss', 'https://cdn.example/feed.xml', 307],
    ['/docs/gone', 'https://user.example:8080/a%3Ab/%2A?c=%3Ad#e', 302],
    ['/docs/gone.html', 'https://user.example:8080/a%3Ab/%2A?c=%3Ad#e', 302],
    ['/docs/index', '/docs/x/', 303],
    ['/docs/index/', '/docs/x/', 303],
    ['/docs/old', '/docs/new', 301],
    ['/docs/old/', '/docs/new', 301],
    ['/docs/sp%20ace', '/docs/a%20b%22%5C%3C%C3%BC', 308],
    ['/docs/sp%20ace/', '/docs/a%20b%22%5C%3C%C3%BC', 308],
  ]

  it.each([false, true])(
    'says where each old URL leads, and whether it wins over a file: %s',
    async (force) => {
      const { text, warnings } = redirectsFile(site, force)
      expect(warnings).toEqual([])
      const found = await redirectsOf(text)
      expect(found.sort((a, b) => (a.from < b.from ? -1 : 1))).toEqual(
        rules.map(([from, to, status]) => ({ from, to, status, force })),
      )
    },
  )

  it('is told where Cloudflare reads only a part of it', () => {
    const files = Object.fromEntries(
      Array.from({ length: 1001 }, (_, i) => [`${i}/index.html`, redirect('/new')]),
    )
    files['0/index.html'] = redirect(`/${'x'.repeat(1000)}`)
    expect(redirectsFile(hostedSite(files), false).warnings).toEqual([
      expect.stringContaining('`_redirects` has 2,002 rules, and Cloudflare reads 2,000'),
      expect.stringContaining('`_redirects` has rules over 1,000 characters'),
    ])
  })
})
