import { describe, expect, it } from 'vitest'
import { audit, brokenIn } from './site.ts'

/** A site that has what is right in the tables below. */
const files = {
  'index.html': '<h1 id=intro>',
  'b/index.html': '<p id="team"><a name="old anchor"></a><p id="a<b"><p id="100%"><p id="é"><p id="x:~y">',
  'b/c/index.html': '<p id=deep>',
  'café/index.html': '',
  'b.png': '',
  'b/b.png': '',
  'b/c.png': '',
  'icons.svg': '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="cart"/></svg>',
  'b.css': '',
}

describe('a URL is resolved as a browser does', () => {
  it.each([
    ['from the root', '/b/', '/c/'],
    ['relative', '../b/', '../c/'],
    ['relative to the page', './', './c/'],
    ['with dots', '/x/./../b/', '/b/../c/'],
    ['above the root', '../../../b/', '../../../c/'],
    ['with encoded dots', '/x/%2e%2E/b/', '/b/%2e%2e/c/'],
    ['with encoded letters', '/%62/', '/%63/'],
    ['with letters outside of ASCII', '/café/', '/cafés/'],
    ['with those encoded', '/caf%C3%A9/', '/caf%C3%A8/'],
    ['with a query', '/b/?c=1', '/c/?b=1'],
    ['with white space', ' /b/\n', ' /c/\n'],
    ['with backslashes', '\\b\\', '\\c\\'],
    ['in another case', '/b/', '/B/'],
    ['an address of `origin`', 'https://www.example.com/b/', 'https://www.example.com/c/'],
    ['by another scheme', 'http://www.example.com/b/', 'http://www.example.com/c/'],
    ['without a scheme', '//www.example.com/b/', '//www.example.com/c/'],
    ['an address of a target', 'https://preview.example.com/x/b/', 'https://preview.example.com/x/c/'],
    ['the page itself', '', '/c/'],
  ])('%s', (_, right, wrong) => {
    const options = {
      origin: 'https://www.example.com',
      publish: {
        preview: { backend: 'directory', path: '../www', publicUrl: 'https://preview.example.com/x' },
      } as const,
    }
    const site = { options, files }
    expect(brokenIn(`<a href="${right}">`, site)).toEqual([])
    const found = brokenIn(`<a href="${wrong}">`, site)
    expect(found.map(decodeURI)).toEqual([expect.stringMatching(/^\/(?:a\/)?(?:c|cafés|cafè|B)\/$/)])
  })

  it('what cannot be decoded is missing', () => {
    expect(brokenIn('<a href="/caf%E9/"><a href="/100%/">', { files })).toEqual(['/100%/', '/caf%E9/'])
  })

  it.each([
    ['mailto:', '<a href="mailto:a@example.com">'],
    ['other schemes', '<a href="tel:1"><a href="javascript:x()"><img src="data:,x"><a href="blob:x">'],
    ['other sites', '<a href="https://example.org/c/"><a href="//example.org/c/"><a href="http://">'],
    ['comments', '<!-- <a href="/c/"> -->'],
    ['scripts', '<script>"<a href=/c/>"</script>'],
    ['a template', '<template><a href="/c/"></template>'],
    ['escaped text', '<p>&lt;a href="/c/"&gt;</p><textarea><a href="/c/"></textarea>'],
    ['a form that is posted', '<form method="POST" action="/c/">'],
    ['a button of a form', '<button formaction="/c/">'],
    ['a connection', '<link rel="preconnect" href="/c/"><link rel="dns-prefetch" href="/c/">'],
    ['an attribute that is there already', '<a href="/b/" href="/c/">'],
    ['an empty source', '<img src=""><img srcset="">'],
    ['a paint server of the page', '<p style="fill: url(#c)"><svg><use href="#c"/></svg>'],
    ['a word that is no URL', '<p title="/c/" data-href="/c/" data="/c/">'],
  ])('%s: no link', (_, html) => {
    expect(brokenIn(html, { files })).toEqual([])
  })

  it.each([
    ['a link', '<a href="/c/">'],
    ['an area', '<map><area href="/c/"></map>'],
    ['an image', '<img src="/c/">'],
    ['srcset', '<img srcset="/b.png 1x, /c/ 2x">'],
    ['imagesrcset', '<link rel=preload imagesrcset="/b.png 1x, /c/ 2x">'],
    ['a source', '<picture><source srcset="/c/"></picture>'],
    ['a poster', '<video poster="/c/">'],
    ['a script', '<script src="/c/"></script>'],
    ['a frame', '<iframe src="/c/"></iframe>'],
    ['an object', '<object data="/c/"></object>'],
    ['a form', '<form action="/c/">'],
    ['a form with `get`', '<form method="GET" action="/c/">'],
    ['a button with `get`', '<button formmethod="get" formaction="/c/">'],
    ['SVG', '<svg><use href="/c/"/></svg>'],
    ['older SVG', '<svg><use xlink:href="/c/"/></svg>'],
    ['a stylesheet', '<link rel=stylesheet href="/c/">'],
    ['canonical', '<link rel=canonical href="/c/">'],
    ['another language', '<link rel=alternate hreflang=fr href="/c/">'],
    ['preload', '<link rel=preload href="/c/">'],
    ['modulepreload', '<link rel=modulepreload href="/c/">'],
    ['an icon', '<link rel=icon href="/c/">'],
    ['a refresh', '<meta http-equiv=refresh content="5; url=/c/">'],
    ['og:image', '<meta property="og:image" content="/c/">'],
    ['og:url', '<meta property="og:url" content="/c/">'],
    ['a style', '<p style="background: url(/c/)">'],
    ['a style sheet in the page', '<style>p { background: url("/c/") }</style>'],
    ['an import in it', '<style>@import "/c/"; @import url(/b.css);</style>'],
    ['a shadow root', '<p><template shadowrootmode=open><a href="/c/"></template>'],
    ['character references', '<a href="&#47;c&sol;">'],
  ])('%s', (_, html) => {
    expect(brokenIn(html, { files })).toEqual(['/c/'])
    expect(brokenIn(html.replaceAll('/c/', '/b/').replace('&#47;c', '&#47;b'), { files })).toEqual([])
  })

  it('a style sheet of the site', () => {
    const css =
      '@import "./c.css"; @import url("../b.css"); /* url(d.png) */ a { background: url(./e.png); fill: url(#f) }'
    const found = audit({ files: { ...files, 'assets/a.css': css } }).broken
    expect(found.map(({ url, referrers }) => [url, referrers])).toEqual([
      ['/assets/c.css', ['/assets/a.css']],
      ['/assets/e.png', ['/assets/a.css']],
    ])
  })

  it('`<base href>` counts from where it stands, and for fragments too', () => {
    expect(
      brokenIn('<img src="b.png"><base href="/b/"><img src="b.png"><img src="d.png">', { files }),
    ).toEqual(['/a/b.png', '/b/d.png'])
    expect(brokenIn('<base href="/b/"><a href="#team"></a><a href="#own"></a><p id=own>', { files })).toEqual(
      ['/b/#own'],
    )
    expect(
      brokenIn('<base href="https://example.org/"><a href="c/"></a><a href="/c/"></a>', { files }),
    ).toEqual([])
  })
})

describe('`base`', () => {
  it('of a path', () => {
    const html = '<a href="/docs/b/"></a><a href="/docs/c/"></a><a href="../b/"></a><a href="/docs"></a>'
    expect(brokenIn(html, { base: '/docs/', files })).toEqual(['/docs/c/'])
  })

  it('what lies beside the site is another site, unless `base` was forgotten', () => {
    const html = '<a href="/"></a><a href="/shop/b/"></a><a href="/b/"></a><img src="/b.png">'
    const { broken } = audit({ base: '/docs/', files: { ...files, 'a/index.html': html } })
    expect(broken.map(({ url, why }) => `${url} ${why}`)).toEqual([
      '/b.png the site has no such page or file; it lacks `base`: `/docs/b.png`',
      '/b/ the site has no such page or file; it lacks `base`: `/docs/b/`',
    ])
  })

  it('of a full address', () => {
    const base = 'https://cdn.example.com/static/'
    const html = `<img src="${base}b.png"><img src="${base}d.png"><a href="/static/b/"></a><a href="/static/c/"></a>`
    expect(brokenIn(html, { base, files })).toEqual(['/static/c/', '/static/d.png'])
  })

  it('`./`', () => {
    expect(brokenIn('<img src="../b.png"><img src="../d.png">', { base: './', files })).toEqual(['/d.png'])
  })
})

describe('a fragment', () => {
  it.each([
    ['an id', '/b/#team', true],
    ['a name', '/b/#old%20anchor', true],
    ['a name that is not encoded', '/b/#old anchor', true],
    ['special characters', '/b/#a<b', true],
    ['a percent sign', '/b/#100%', true],
    ['a letter outside of ASCII', '/b/#é', true],
    ['the same encoded', '/b/#%C3%A9', true],
    ['the top', '/b/#top', true],
    ['the top in capitals', '/b/#TOP', true],
    ['nothing', '/b/#', true],
    ['a text', '/b/#:~:text=team', true],
    ['an id and a text', '/b/#team:~:text=x', true],
    ['a missing id and a text', '/b/#them:~:text=x', false],
    ['another id', '/b/#them', false],
    ['an id in another case', '/b/#Team', false],
    ['an id of this page', '#own', true],
    ['a missing id of this page', '#other', false],
    ['the top of this page', '#top', true],
    ['of this page by its path', '/a/#own', true],
    ['a missing one of this page by its path', '/a/#other', false],
    ['of an image', '/b.png#xywh=1', true],
    ['behind a redirect to a page', '/b#team', true],
    ['a missing one behind it', '/b#them', false],
  ])('%s', (_, url, right) => {
    const found = brokenIn(`<p id=own><a href="${url}">`, { files })
    expect(found).toHaveLength(right ? 0 : 1)
  })

  it('of an SVG file', () => {
    const html = '<svg><use href="/icons.svg#cart"/><use href="/icons.svg#car"/></svg>'
    expect(brokenIn(html, { files })).toEqual(['/icons.svg#car'])
  })

  it('has a level of its own', () => {
    const html = '<a href="/b/#them"></a><a href="/c/"></a>'
    const levels = (links: { fragments?: 'warn' | false; missing?: 'warn' | false }) =>
      audit({ options: { links }, files: { ...files, 'a/index.html': html } }).broken.map(
        ({ url, level }) => `${url} ${level}`,
      )
    expect(levels({ fragments: 'warn' })).toEqual(['/b/#them warn', '/c/ error'])
    expect(levels({ missing: 'warn' })).toEqual(['/b/#them error', '/c/ warn'])
    expect(levels({ fragments: false })).toEqual(['/c/ error'])
    expect(levels({ missing: false })).toEqual(['/b/#them error'])
  })
})

describe('a layout', () => {
  const about = { 'index.html': '<a href="/about"></a>', 'a.html': '' }
  it.each([
    ['directory', 'about/index.html', false, ['/about → /about/ redirect']],
    ['directory', 'about/index.html', true, []],
    ['file', 'about.html', false, []],
    ['exact', 'about', false, []],
  ] as const)('%s: a link to %s, `cleanUrls: %s`', (layout, key, cleanUrls, expected) => {
    const publish = { default: { backend: 's3', bucket: 'b', region: 'x', cleanUrls } } as const
    const { broken, redirected } = audit({ options: { layout, publish }, files: { ...about, [key]: '' } })
    expect(broken).toEqual([])
    expect(redirected.map(({ url, instead, why }) => `${url} → ${instead} ${why}`)).toEqual(expected)
  })

  it.each([
    ['directory', 'about.html', '/about', '/about.html'],
    ['file', 'about.html', '/about/', '/about'],
    ['exact', 'about', '/about/', '/about'],
    ['directory', 'about/index.html', '/About/', '/about/'],
    ['directory', 'about/index.html', '/posts/about/', '/about/'],
    ['directory', 'caf\u00e9/index.html', '/cafe\u0301/', '/caf%C3%A9/'],
    // The home page is not what is meant.
    ['directory', 'a/b/index.html', '/a/c/b/index.html', undefined],
  ] as const)('%s: `%s` is not `%s`', (layout, key, url, meant) => {
    const files = { 'index.html': `<a href="${url}"></a>`, [key]: '' }
    expect(audit({ options: { layout }, files }).broken.map((link) => link.meant)).toEqual([meant])
  })

  it('a link to `index.html` is a notice', () => {
    const { broken, redirected } = audit({
      files: {
        'index.html': '<a href="/b/index.html#x"></a><a href="/index.html"></a>',
        'b/index.html': '<p id=x>',
      },
    })
    expect(broken).toEqual([])
    expect(redirected.map(({ url, instead, why }) => [url, instead, why])).toEqual([
      ['/b/index.html', '/b/', 'index'],
      ['/index.html', '/', 'index'],
    ])
  })
})

describe('a redirect', () => {
  const redirects = {
    'old/index.html': '/b/',
    'older/index.html': '/old/',
    'far/index.html': 'https://example.org/',
  }

  it('answers a link, with a notice, and keeps its fragment', () => {
    const html = '<a href="/old/#team"></a><a href="/older/#them"></a><a href="/far/#x"></a>'
    const { broken, redirected } = audit({ redirects, files: { ...files, 'a/index.html': html } })
    expect(broken.map(({ url }) => url)).toEqual(['/older/#them'])
    expect(redirected.map(({ url, instead }) => [url, instead])).toEqual([
      ['/far/', 'https://example.org/'],
      ['/old/', '/b/'],
      ['/older/', '/b/'],
    ])
  })

  it('must lead somewhere', () => {
    const { broken } = audit({ redirects: { 'old/index.html': '/gone/' }, files })
    expect(broken.map(({ url, referrers }) => [url, referrers])).toEqual([['/gone/', ['/old/']]])
  })

  it('in a circle ends', () => {
    const circle = { 'x/index.html': '/y/', 'y/index.html': '/x/' }
    expect(brokenIn('<a href="/x/#z">', { redirects: circle, files })).toEqual([])
  })
})

describe('what is right all the same', () => {
  it.each([
    ['served', { served: ['/api/**'] }, '/api/users', true],
    ['served, with `base`', { served: ['/docs/api/**'] }, '/api/users', true],
    ['not served', { served: ['/api/*'] }, '/api/users/1', false],
    ['ignored', { ignore: ['/old/**'] }, '/old/x', true],
    ['an ignored fragment', { ignore: ['#line-*'] }, '/b/#line-12', true],
    ['an ignored fragment of the page', { ignore: ['#/**'] }, '#/some/route', true],
    ['an ignored fragment of a page', { ignore: ['/b/#x*'] }, '/b/#xy', true],
    ['an ignored name', { ignore: ['/é/**'] }, '/%C3%A9/x', true],
    ['another fragment', { ignore: ['#line-*'] }, '/b/#row-12', false],
  ])('%s', (_, links, url, right) => {
    const href = url.startsWith('/') ? `/docs${url}` : url
    const found = brokenIn(`<a href="${href}">`, { base: '/docs/', options: { links }, files })
    expect(found).toHaveLength(right ? 0 : 1)
  })

  it('what `fallback` answers is a notice, but for files', () => {
    const html = '<a href="/account"></a><a href="/c.png"></a>'
    const site = { options: { fallback: '200.html' }, files: { ...files, 'a/index.html': html } }
    const { broken, redirected } = audit(site)
    expect(broken.map(({ url }) => url)).toEqual(['/c.png'])
    expect(redirected.map(({ url, why }) => [url, why])).toEqual([['/account', 'fallback']])
  })
})

describe('pages that no other page links to', () => {
  it('are named, but for the home page, `404.html` and what is found through redirects', () => {
    const { unlinked } = audit({
      redirects: { 'old/index.html': '/c/' },
      files: {
        'index.html': '<a href="/b/"></a><a href="/old/"></a><link rel=alternate href="/e/">',
        'b/index.html': '',
        'c/index.html': '',
        'd/index.html': '<a href="/d/">itself</a>',
        'e/index.html': '',
        '404.html': '',
      },
    })
    expect(unlinked).toEqual(['/d/', '/e/'])
  })

  it('are not named where no page has links: they are made in the browser', () => {
    expect(audit({ files: { 'index.html': '', 'b/index.html': '' } }).unlinked).toEqual([])
  })
})
