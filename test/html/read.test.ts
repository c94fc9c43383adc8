import { describe, expect, it } from 'vitest'
import { type UrlValue, readHtml } from '../../src/html/read.ts'
import { toUnicode } from '../../src/html/references.ts'

function read(page: string) {
  const html = Buffer.from(page).toString('latin1')
  const values: UrlValue[] = []
  const bases: string[] = []
  const anchors: string[] = []
  readHtml(html, {
    value: (value) => values.push(value),
    base: (href) => bases.push(toUnicode(href)),
    anchor: (name) => anchors.push(toUnicode(name)),
  })
  /** Each URL: where it is, what it is, and how the page writes it. */
  const urls = values.flatMap(({ element, attribute, start, text, at, urls: spans }) =>
    spans.map((span) => {
      const [from, to] = [span.start, span.end].map((i) => start + (at ? at[i]! : i))
      return [
        element,
        attribute,
        toUnicode(text.slice(span.start, span.end)),
        toUnicode(html.slice(from, to)),
      ]
    }),
  )
  return { values, urls, bases, anchors }
}

describe('URLs', () => {
  it.each([
    ['a link', '<A HREF="/b/">', [['a', 'href', '/b/', '/b/']]],
    ['white space around', '<a href=" /b/\n">', [['a', 'href', '/b/', '/b/']]],
    ['no quotes', '<a href=/b/>', [['a', 'href', '/b/', '/b/']]],
    ['an empty value', '<a href>', [['a', 'href', '', '']]],
    ['a custom element', '<x-img src="b.png">', [['x-img', 'src', 'b.png', 'b.png']]],
    ['SVG', '<svg><use xlink:href="b.svg#c"/></svg>', [['use', 'xlink:href', 'b.svg#c', 'b.svg#c']]],
    ['a video', '<video poster=b.jpg>', [['video', 'poster', 'b.jpg', 'b.jpg']]],
    ['an object', '<object data=b.svg>', [['object', 'data', 'b.svg', 'b.svg']]],
    ['a form', '<form action=/b/>', [['form', 'action', '/b/', '/b/']]],
    ['a button', '<button formaction=/b/>', [['button', 'formaction', '/b/', '/b/']]],
    ['a quotation', '<q cite=/b/>', [['q', 'cite', '/b/', '/b/']]],
    [
      'attributes that hold a URL on others',
      '<p data=/b/ action=/b/ formaction=/b/ cite=/b/ content=/b/>',
      [],
    ],
    [
      'character references',
      '<a href="/b?c=1&amp;d=&eacute;">',
      [['a', 'href', '/b?c=1&d=é', '/b?c=1&amp;d=&eacute;']],
    ],
    [
      'an ampersand that nobody escaped',
      '<a href="/b?c&copy=1">',
      [['a', 'href', '/b?c&copy=1', '/b?c&copy=1']],
    ],
    ['letters outside of ASCII', '<p>日本<a href="/é/日本">', [['a', 'href', '/é/日本', '/é/日本']]],
    [
      'srcset',
      '<img srcset="b.jpg 1x, c,d.jpg, data:,e 2x,f&amp;g.jpg calc(1,2)">',
      [
        ['img', 'srcset', 'b.jpg', 'b.jpg'],
        ['img', 'srcset', 'c,d.jpg', 'c,d.jpg'],
        ['img', 'srcset', 'data:,e', 'data:,e'],
        ['img', 'srcset', 'f&g.jpg', 'f&amp;g.jpg'],
      ],
    ],
    ['imagesrcset', '<link imagesrcset="b.jpg,">', [['link', 'imagesrcset', 'b.jpg', 'b.jpg']]],
    [
      'a style',
      `<p style="background: url( &quot;b.png&#34; ), url('c.png'), URL(d.png)">`,
      [
        ['p', 'style', 'b.png', 'b.png'],
        ['p', 'style', 'c.png', 'c.png'],
        ['p', 'style', 'd.png', 'd.png'],
      ],
    ],
    [
      'a style sheet',
      '<style>/* url(a) */ b { c: "url(d)" } e { f: url(g&amp;h.png) } my-url(i)</style>',
      [['style', undefined, 'g&amp;h.png', 'g&amp;h.png']],
    ],
    ['a style sheet without an end', '<style>b{c:url(d.png)}', [['style', undefined, 'd.png', 'd.png']]],
    [
      'a refresh',
      `<meta http-equiv=Refresh content="5; URL='/b/'"><meta http-equiv=refresh content="0;/c/ ">`,
      [
        ['meta', 'content', '/b/', '/b/'],
        ['meta', 'content', '/c/', '/c/'],
      ],
    ],
    ['a refresh of the page itself', '<meta http-equiv=refresh content=30>', []],
    [
      'metadata',
      '<meta property="og:image" content="/b.png"><meta content=/c.png name=twitter:image><meta itemprop=url content=/d/>',
      [
        ['meta', 'content', '/b.png', '/b.png'],
        ['meta', 'content', '/c.png', '/c.png'],
        ['meta', 'content', '/d/', '/d/'],
      ],
    ],
    ['other metadata', '<meta name=description content="/b/"><meta property="og:title" content="/b/">', []],
  ])('of %s', (_, page, expected) => {
    expect(read(page).urls).toEqual(expected)
  })

  it('tell other attributes of the element, what has a duplicate, and where and how the value is written', () => {
    const page = '<link href="/b&amp;c" rel="Canonical x" href=/d><a rel=nofollow href=e><img src=f>'
    const shown = read(page).values.map(({ other, duplicate, quoted, start, end }) => [
      other('rel'),
      duplicate,
      quoted,
      page.slice(start, end),
    ])
    expect(shown).toEqual([
      ['Canonical x', false, true, '/b&amp;c'],
      ['Canonical x', true, false, '/d'],
      ['nofollow', false, false, 'e'],
      [undefined, false, false, 'f'],
    ])
  })
})

it('names the anchors of a page: ids, and names of links', () => {
  const page =
    '<h1 id=b id=c>x</h1><a name="d&amp;é" id=e></a><input name=f><p id><!-- <p id=g> --><script>"<p id=h>"</script>'
  expect(read(page).anchors).toEqual(['b', 'd&é', 'e', ''])
})

it('names the first base', () => {
  expect(read('<base target=b><base href="/c&amp;é/"><base href="/d/">').bases).toEqual(['/c&é/'])
})

it('leaves out what an inert template holds, and the anchors of a shadow root', () => {
  const page = `<template id=b><p id=c><a href=d></a><style>e{f:url(g)}</style><base href=h><template shadowrootmode=open>
    <a href=i></a></template></template><template shadowrootmode=open><a id=j href=k></a></template><a id=l href=m>`
  const { urls, anchors, bases } = read(page)
  expect(urls.map(([, , url]) => url)).toEqual(['k', 'm'])
  expect(anchors).toEqual(['b', 'l'])
  expect(bases).toEqual([])
})
