import { describe, expect, it } from 'vitest'
import {
  checkHeaders,
  headerRules,
  headersByHost,
  sharedHeaders,
} from '../../../src/render/host-files/header-rules.ts'
import { type Files, asset, hashed, hostedSite, redirect, withHeaders } from './site.ts'

const noindex = withHeaders({ 'x-robots-tag': 'noindex' })
const rulesOf = (files: Files) =>
  headerRules(hostedSite(files).files(), headersByHost).map(({ path, headers }) => [
    path,
    ...Object.keys(headers),
  ])

describe('rules of headers', () => {
  it('are one for a folder whose files all need the same, else one for each file', () => {
    expect(
      rulesOf({
        'a/index.html': noindex,
        'a/b/index.html': noindex,
        'a/b/old/index.html': redirect('/'),
        'a.html': noindex,
        'assets/x-12345678.js': hashed,
        'assets/y-12345678.js': hashed,
        'c/1.html': noindex,
        'c/2.html': {},
        'c/d/3.html': noindex,
        'c/d/4.html': noindex,
        'lonely/index.html': noindex,
      }),
    ).toEqual([
      ['a.html', 'x-robots-tag'],
      ['a/', 'x-robots-tag'],
      ['assets/', 'cache-control'],
      ['c/1.html', 'x-robots-tag'],
      ['c/d/', 'x-robots-tag'],
      ['lonely/index.html', 'x-robots-tag'],
    ])
    expect(rulesOf({ 'a.html': noindex, 'b/c.html': noindex })).toEqual([['', 'x-robots-tag']])
    expect(rulesOf({})).toEqual([])
  })

  it('name a content type only where the extension gives another', () => {
    const typed = (type: string) => withHeaders({ 'content-type': type })
    expect(
      rulesOf({
        about: typed('text/html; charset=utf-8'),
        'a.html': typed('text/html'),
        'b.html': typed('text/html;charset=UTF-8'),
        'c.html': typed('text/html; charset=iso-8859-1'),
        'feed.xml': typed('application/rss+xml'),
      }),
    ).toEqual([
      ['about', 'content-type'],
      ['c.html', 'content-type'],
      ['feed.xml', 'content-type'],
    ])
  })

  it('leave to every file what all HTML pages of the app have', () => {
    const page = withHeaders({
      'x-frame-options': 'DENY',
      'cache-control': 'no-cache',
      'x-robots-tag': 'none',
    })
    const { files } = hostedSite({
      'index.html': page,
      'a.html': withHeaders({ 'x-frame-options': 'DENY', 'cache-control': 'no-cache' }),
      // Not made by a route, not HTML, not a page that was found, not a page.
      '200.html': { route: undefined },
      'feed.xml': {},
      '404.html': { status: 404 },
      'b.png': asset,
    })
    expect(sharedHeaders(files())).toEqual({ 'x-frame-options': 'DENY' })
    expect(sharedHeaders([])).toEqual({})
  })

  it.each([
    ['a line break', { link: '</a>\r\nset-cookie: a=b' }, 'has the header `link` with a line break'],
    ['a name', { 'x-a: b\n/*': 'c' }, 'has the header `x-a: b\\n/*` with a name'],
  ])('are refused with %s', (_, headers, message) => {
    const [file] = hostedSite({ 'a/index.html': withHeaders(headers as never) }).files()
    expect(() => checkHeaders(file!)).toThrow(`page \`/a/\` ${message}`)
  })
})
