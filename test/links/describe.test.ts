import { describe, expect, it, test } from 'vitest'
import { LinksBrokenError, linkNotices } from '../../src/links/describe.ts'
import { createRouteFinder } from '../../src/links/app-routes.ts'
import { audit, linksOf } from './site.ts'

const hrefs = (...urls: string[]) => urls.map((url) => `<a href="${url}"></a>`).join('')

describe('broken links', () => {
  it('are grouped by what is missing, the most linked first, with three referrers each', () => {
    const { broken } = audit({
      files: {
        'index.html': hrefs('/gone/', '/about', '/about/#team', '/abut/', '#menu'),
        'about/index.html': hrefs('/gone/', '/gone/?x', '/gone/#y', '#menu'),
        'b/index.html': hrefs('/gone/', '#menu'),
        'c/index.html': hrefs('/gone/'),
        'd/index.html': hrefs('/gone/'),
      },
    })
    expect(new LinksBrokenError(broken).message).toBe(
      [
        '5 files have links that lead nowhere, to 4 URLs',
        '  `/gone/` (the site has no such page or file)',
        '    linked from `/`, `/about/`, `/b/` and 2 more',
        '  `#menu` (no element has this `id`)',
        '    linked from `/`, `/about/`, `/b/`',
        '  `/about/#team` (no element has this `id`)',
        '    linked from `/`',
        '  `/abut/` (the site has no such page or file)',
        '    linked from `/`',
      ].join('\n'),
    )
  })

  it('are 20 at most, and the error has all', () => {
    const urls = Array.from({ length: 30 }, (_, i) => `/gone/${i}/`)
    const error = new LinksBrokenError(audit({ files: { 'index.html': hrefs(...urls) } }).broken)
    expect(error.message.split('\n')).toHaveLength(1 + 2 * 20 + 1)
    expect(error.message).toContain('\n  and 10 more URLs')
    expect(error.links).toHaveLength(30)
    expect(error.exitCode).toBe(1)
  })

  it('say what the app knows of them', () => {
    const ask = createRouteFinder({
      distilled: ['/posts/:slug'],
      others: ['/api/users', '/account/**', '/**', '/files/:name?'],
    })
    const { broken } = audit({
      files: { 'index.html': hrefs('/api/users', '/posts/nine', '/account/x/y', '/typo') },
      askApp: ask,
    })
    expect(broken.map(({ url, why }) => `${url}: ${why}`)).toEqual([
      '/account/x/y: a route of the app that is not distilled (`/account/**`): add it to `links.served` if a server answers it',
      '/api/users: a route of the app that is not distilled (`/api/users`): add it to `links.served` if a server answers it',
      '/posts/nine: `distillParams` of `/posts/:slug` does not list it',
      '/typo: the site has no such page or file',
    ])
  })
})

test('notices are one line for each kind', () => {
  const facts = audit({
    options: { fallback: '200.html' },
    redirects: { 'old/index.html': '/b/' },
    files: {
      'index.html': hrefs('/b', '/c', '/d', '/old/', '/b/index.html', '/account'),
      'b/index.html': hrefs('/b'),
      'c/index.html': '',
      'd/index.html': '',
      'e/index.html': '',
    },
  })
  expect(linkNotices(facts)).toEqual([
    'links to 4 URLs cost visitors a redirect: `/b` → `/b/`, linked from `/`, `/b/`; `/c` → `/c/`, linked from `/`; `/d` → `/d/`, linked from `/`; and 1 more',
    'links to 1 URL name `index.html`: `/b/index.html` → `/b/`, linked from `/`',
    'links lead to 1 URL that only `fallback` answers: `/account`',
    'no page links to 1 page of the site: `/e/`',
  ])
})

test('the pages that link to one that failed', () => {
  const site = linksOf({
    files: { 'index.html': hrefs('/gone', '/gone/#x'), 'b/index.html': hrefs('/gone/'), 'c/index.html': '' },
  })
  expect(site.referrersOf(new Set(['gone/index.html', 'c/index.html']), (key) => key)).toEqual(
    new Map([['gone/index.html', ['/', '/b/']]]),
  )
})
