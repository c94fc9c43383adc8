import { describe, expect, it } from 'vitest'
import { createCdn } from '../../src/cdn/url.ts'

const tagged = (path: string, { base = '/', param = 'tag' } = {}) =>
  createCdn({ base, param, tag: 'T' }).cdnStatic(path)

describe('cdnStatic', () => {
  it.each([
    ['without a leading slash', 'img/a.jpg', '/img/a.jpg?tag=T'],
    ['with a leading slash', '/img/a.jpg', '/img/a.jpg?tag=T'],
    ['with a leading dot', './img/a.jpg', '/img/a.jpg?tag=T'],
    ['relative to the page', '../img/a.jpg', '../img/a.jpg?tag=T'],
    ['with a query', 'img/a.jpg?z=1&a=2', '/img/a.jpg?z=1&a=2&tag=T'],
    ['with a query without values', 'a.jpg?b&&c=', '/a.jpg?b&&c=&tag=T'],
    ['with an empty query', 'a.jpg?', '/a.jpg?tag=T'],
    ['with an open query', 'a.jpg?b=1&', '/a.jpg?b=1&tag=T'],
    ['with a fragment', 'sprite.svg#star', '/sprite.svg?tag=T#star'],
    ['with a query and a fragment', 'a.svg?b=1#c?d=1&tag=x', '/a.svg?b=1&tag=T#c?d=1&tag=x'],
    ['with a question mark in its fragment', 'a.svg#b?c', '/a.svg?tag=T#b?c'],
    ['with a question mark in its query', 'a.jpg?b=c?d', '/a.jpg?b=c?d&tag=T'],
    ['with an older tag', 'a.jpg?tag=old', '/a.jpg?tag=T'],
    ['with an older tag among others', 'a.jpg?b=1&tag=old&c=2#d', '/a.jpg?b=1&tag=T&c=2#d'],
    ['with an empty tag', 'a.jpg?tag&b', '/a.jpg?tag=T&b'],
    ['with an encoded tag', 'a.jpg?t%61g=old', '/a.jpg?tag=T'],
    ['with two older tags', 'a.jpg?tag=1&b&tag=2', '/a.jpg?tag=T&b&tag=T'],
    ['with a longer parameter', 'a.jpg?mytag=1&tags=2&Tag=3', '/a.jpg?mytag=1&tags=2&Tag=3&tag=T'],
    ['with its tag already', '/img/a.jpg?tag=T', '/img/a.jpg?tag=T'],
    ['with a full address', 'https://cdn.example.com/a.jpg?b=1', 'https://cdn.example.com/a.jpg?b=1&tag=T'],
    ['with a full address in capitals', 'HTTP://CDN.example.com', 'HTTP://CDN.example.com?tag=T'],
    ['without a scheme', '//cdn.example.com/a.jpg#b', '//cdn.example.com/a.jpg?tag=T#b'],
    ['with percent-encoding', 'img/caf%C3%A9%20%26.jpg?q=%3F', '/img/caf%C3%A9%20%26.jpg?q=%3F&tag=T'],
    ['with broken percent-encoding', 'img/100%.jpg?%zz=1', '/img/100%.jpg?%zz=1&tag=T'],
    ['with letters as they are', 'img/café 日本.jpg', '/img/café 日本.jpg?tag=T'],
    ['with $ and &', "img/$&$'.jpg", "/img/$&$'.jpg?tag=T"],
    ['that holds its data', 'data:image/png;base64,AA?b', 'data:image/png;base64,AA?b'],
    ['that holds its data, in capitals', 'DATA:,x', 'DATA:,x'],
    ['of an object', 'blob:https://www.example.com/1-2', 'blob:https://www.example.com/1-2'],
    ['of another scheme', 'mailto:a@example.com', 'mailto:a@example.com'],
    ['that is empty', '', ''],
    ['that is only a fragment', '#a', '#a'],
    ['that is only a query', '?a=1', '?a=1'],
  ])('a URL %s', (_, path, expected) => {
    expect(tagged(path)).toBe(expected)
    expect(tagged(tagged(path))).toBe(expected)
  })

  it.each([
    ['/docs/', 'img/a.jpg', '/docs/img/a.jpg?tag=T'],
    ['/docs/', '/img/a.jpg', '/docs/img/a.jpg?tag=T'],
    // As `import.meta.env.BASE_URL` gives it.
    ['/docs/', '/docs/img/a.jpg', '/docs/img/a.jpg?tag=T'],
    ['/docs/', 'docs/img/a.jpg', '/docs/docs/img/a.jpg?tag=T'],
    ['/docs/', '/docsy/a.jpg', '/docs/docsy/a.jpg?tag=T'],
    ['https://cdn.example.com/x/', 'img/a.jpg', 'https://cdn.example.com/x/img/a.jpg?tag=T'],
    ['https://cdn.example.com/x/', '/img/a.jpg?b#c', 'https://cdn.example.com/x/img/a.jpg?b&tag=T#c'],
    ['https://cdn.example.com/x/', '//other.example/a.jpg', '//other.example/a.jpg?tag=T'],
    ['./', 'img/a.jpg', './img/a.jpg?tag=T'],
    ['./', '/img/a.jpg', './img/a.jpg?tag=T'],
    ['./', '', ''],
  ])('under the base %s: %s', (base, path, expected) => {
    expect(tagged(path, { base })).toBe(expected)
    if (path !== 'docs/img/a.jpg') expect(tagged(expected, { base })).toBe(expected)
  })

  it('by another parameter, which alone is replaced', () => {
    expect(tagged('a.jpg?tag=1', { param: 'v' })).toBe('/a.jpg?tag=1&v=T')
    expect(tagged('a.jpg?v=1&tag=1', { param: 'v' })).toBe('/a.jpg?v=T&tag=1')
  })
})

describe('cdnStatic by content', () => {
  const content = (path: string, base = '/') =>
    createCdn({
      base,
      param: 'tag',
      tag: 'ALL',
      files: [
        ['img/a.jpg', 'A'],
        ['img/é ü.jpg', 'E'],
        ['__proto__', 'P'],
      ],
    }).cdnStatic(path)

  it.each([
    ['img/a.jpg', '/img/a.jpg?tag=A'],
    ['/img/a.jpg?w=2&tag=old#x', '/img/a.jpg?w=2&tag=A#x'],
    ['/img/../img/a.jpg', '/img/../img/a.jpg?tag=A'],
    ['../img/a.jpg', '../img/a.jpg?tag=A'],
    ['img/é ü.jpg', '/img/é ü.jpg?tag=E'],
    ['img/%C3%A9%20ü.jpg', '/img/%C3%A9%20ü.jpg?tag=E'],
    ['https://www.example.com/img/a.jpg', 'https://www.example.com/img/a.jpg?tag=A'],
    ['//www.example.com/img/a.jpg', '//www.example.com/img/a.jpg?tag=A'],
    ['__proto__', '/__proto__?tag=P'],
  ])('the tag of the file itself: %s', (path, expected) => expect(content(path)).toBe(expected))

  it.each([
    ['/docs/', '/docs/img/a.jpg', '/docs/img/a.jpg?tag=A'],
    ['/docs/', 'img/a.jpg', '/docs/img/a.jpg?tag=A'],
    ['https://cdn.example.com/x/', 'img/a.jpg', 'https://cdn.example.com/x/img/a.jpg?tag=A'],
    ['./', 'img/a.jpg', './img/a.jpg?tag=A'],
  ])('under the base %s: %s', (base, path, expected) => expect(content(path, base)).toBe(expected))

  it.each([
    ['img/none.jpg', '/img/none.jpg'],
    ['img/none.jpg?tag=old', '/img/none.jpg?tag=old'],
    ['img/', '/img/'],
    ['constructor', '/constructor'],
    ['img/%zz.jpg', '/img/%zz.jpg'],
    ['https://[/img/a.jpg', 'https://[/img/a.jpg'],
    ['data:img/a.jpg', 'data:img/a.jpg'],
  ])('no tag for what nobody has hashed: %s', (path, expected) => expect(content(path)).toBe(expected))

  it('has one tag for all', () => {
    const { cdnTag } = createCdn({ base: '/', param: 'tag', tag: 'ALL', files: [] })
    expect(cdnTag()).toBe('ALL')
  })
})
