import { describe, expect, it } from 'vitest'
import { editBodies } from '../../src/render/batch-buffer.ts'
import { type Tagging, createHtmlTagger } from '../../src/cdn/html-tagger.ts'

const tagging: Tagging = {
  param: 'tag',
  base: '/',
  hosts: ['www.example.com'],
  tags: new Map([
    ['img/a.jpg', 'A'],
    ['img/b.jpg', 'B'],
    ['img/é ü.jpg', 'E'],
    ['about/near.png', 'N'],
    ['sprite.svg', 'S'],
    ['legacy.js', 'L'],
    ['film.mp4', 'F'],
    ['print.css', 'P'],
    ['feed.xml', 'X'],
    ['LICENSE', 'T'],
  ]),
}

function tagged(body: Buffer, options: Partial<Tagging>, page: string): Buffer {
  const edits = createHtmlTagger({ ...tagging, ...options })(body, () => page)
  const { bytes, ends } = editBodies({ bytes: Uint8Array.from(body), ends: [body.byteLength] }, [edits])
  return Buffer.from(bytes.subarray(0, ends[0]))
}

const run = (html: string, options: Partial<Tagging> = {}, page = 'https://www.example.com/about/') =>
  tagged(Buffer.from(html), options, page).toString()

/** `⟨…⟩` marks what is added. */
const marked = (html: string) => ({
  before: html.replaceAll(/⟨[^⟩]*⟩/g, ''),
  after: html.replaceAll(/[⟨⟩]/g, ''),
})

describe('a URL of a file without a hash gets its tag', () => {
  it.each([
    ['src', '<img src="/img/a.jpg⟨?tag=A⟩">'],
    ['src in single quotes, with spaces and a slash', "<IMG  SRC = '/img/a.jpg⟨?tag=A⟩' />"],
    ['src without quotes', '<img src=⟨"⟩/img/a.jpg⟨?tag=A"⟩ alt=x>'],
    ['src without quotes at the end of the tag', '<img alt=x src=⟨"⟩/img/a.jpg⟨?tag=A"⟩>'],
    ['src with white space around', '<img src=" /img/a.jpg⟨?tag=A⟩\n">'],
    ['href of a link', '<link rel=icon href="/sprite.svg⟨?tag=S⟩">'],
    ['href of an alternate style sheet', '<link rel="alternate stylesheet" href="/print.css⟨?tag=P⟩">'],
    ['href to a download', '<a href="/film.mp4⟨?tag=F⟩">Film</a>'],
    ['href in SVG, before its fragment', '<svg><use href="/sprite.svg⟨?tag=S⟩#star"/></svg>'],
    ['xlink:href', '<svg><image xlink:href="/img/a.jpg⟨?tag=A⟩"/></svg>'],
    ['poster', '<video poster="/img/b.jpg⟨?tag=B⟩" src="/film.mp4⟨?tag=F⟩"></video>'],
    ['a script', '<script src="/legacy.js⟨?tag=L⟩"></script>'],
    ['srcset', '<img srcset="/img/a.jpg⟨?tag=A⟩ 1x, /img/b.jpg⟨?tag=B⟩ 2x">'],
    ['srcset without descriptors or spaces', '<img srcset="/img/a.jpg⟨?tag=A⟩, /img/b.jpg⟨?tag=B⟩">'],
    [
      'srcset around a data URL',
      '<img srcset="data:image/png;base64,AA,BB 1x,/img/b.jpg⟨?tag=B⟩ calc(1,2) , /img/a.jpg⟨?tag=A⟩ 3x">',
    ],
    ['imagesrcset', '<link rel=preload as=image imagesrcset="/img/a.jpg⟨?tag=A⟩ 1x">'],
    ['a style', `<p style="background: url('/img/a.jpg⟨?tag=A⟩'), url(/img/b.jpg⟨?tag=B⟩)">`],
    ['a style with escaped quotes', '<p style="background:url(&quot;/img/a.jpg⟨?tag=A⟩&quot;)">'],
    ['a style with numeric quotes', '<p style="background:url(&#x27;/img/a.jpg⟨?tag=A⟩&#39;)">'],
    ['a style sheet', '<style>a { background: URL( "/img/a.jpg⟨?tag=A⟩" ) }</style>'],
    ['a path relative to the page', '<img src="near.png⟨?tag=N⟩"><img src="../img/a.jpg⟨?tag=A⟩">'],
    ['a path with dots in it', '<img src="/img/../img/./a.jpg⟨?tag=A⟩">'],
    ['the full address', '<img src="https://www.example.com/img/a.jpg⟨?tag=A⟩">'],
    ['the full address without scheme', '<img src="//www.example.com/img/a.jpg⟨?tag=A⟩">'],
    ['letters outside of ASCII', '<p>ü 日本</p><img src="/img/é ü.jpg⟨?tag=E⟩">'],
    ['percent-encoding', '<img src="/img/%C3%A9%20%c3%bc.jpg⟨?tag=E⟩">'],
    ['character references', '<img src="&#x2F;img/&#233; &#xfc;.jpg⟨?tag=E⟩">'],
    ['an encoded ending', '<img src="/img/a%2ejp%67⟨?tag=A⟩">'],
    ['an escaped ending', '<img src="/img/a&#46;jp&#x67;⟨?tag=A⟩">'],
    ['a name without an ending', '<a href="/LICENSE⟨?tag=T⟩">'],
    ['an escaped query', '<img src="/img/a.jpg?w=1&amp;h=2⟨&amp;tag=A⟩#x">'],
    ['any named reference', '<img src="/img/&eacute; &uuml;.jpg?&eacute;⟨&amp;tag=E⟩">'],
    ['a query that nobody escaped', '<img src="/img/a.jpg?w=1&copy=2⟨&amp;tag=A⟩">'],
    ['both duplicates', '<img src="/img/a.jpg⟨?tag=A⟩" src="/img/b.jpg⟨?tag=B⟩">'],
    ['what follows a script', '<script>"<img src=/img/a.jpg>"</script><img src="/img/a.jpg⟨?tag=A⟩">'],
    [
      'what follows a script whose comment is over at once',
      '<script><!--><script></script><img src="/img/a.jpg⟨?tag=A⟩">',
    ],
    [
      'what follows a script within a script',
      '<script><!--<script></script><img src="/img/b.jpg">--></script><img src="/img/a.jpg⟨?tag=A⟩">',
    ],
    ['what follows comments', '<!-- > --><!--> --><!---><!x><?y><img src="/img/a.jpg⟨?tag=A⟩">'],
    ['what follows a stray <', 'a < b, a <3 <<img src="/img/a.jpg">'.replace('.jpg"', '.jpg⟨?tag=A⟩"')],
    ['what follows a template', '<template><b></b></template><img src="/img/a.jpg⟨?tag=A⟩">'],
    ['a shadow root', '<div><template shadowrootmode="open"><img src="/img/a.jpg⟨?tag=A⟩"></template></div>'],
    ['noscript', '<noscript><img src="/img/a.jpg⟨?tag=A⟩"></noscript>'],
    [
      'what follows elements named much like others',
      '<plaintex></p><plaintextt><xmpp><style-x><scripts><title\u000b><img src="/img/a.jpg⟨?tag=A⟩">',
    ],
    ['a > in an attribute', '<img alt="a > b" src="/img/a.jpg⟨?tag=A⟩">'],
  ])('%s', (_, html) => {
    const { before, after } = marked(html)
    expect(run(before)).toBe(after)
    // What is tagged is left as it is.
    expect(run(after)).toBe(after)
  })

  it('after a comment that ends otherwise', () => {
    expect(run('<!-- x --!><img src="/img/a.jpg"><!-- -->')).toBe(
      '<!-- x --!><img src="/img/a.jpg?tag=A"><!-- -->',
    )
  })

  it('of an ending in another script, and among very many endings', () => {
    const tags = new Map([['img/a.é', 'E']])
    expect(run('<img src="/img/a.é"><img src="/img/a.%C3%A9">', { tags })).toBe(
      '<img src="/img/a.é?tag=E"><img src="/img/a.%C3%A9?tag=E">',
    )
    for (let i = 0; i < 100; i++) tags.set(`a.x${i}`, `X${i}`)
    expect(run('<p>x</p><img src="/a.x7"><img src="/a.%787">', { tags })).toBe(
      '<p>x</p><img src="/a.x7?tag=X7"><img src="/a.%787?tag=X7">',
    )
  })

  it.each(['a', 'A1', 'CNAME', '_headers', '.x', 'a.b', 'a.jpeg', 'a.tar.gz', 'a-b.x_y', 'a.~', '...'])(
    'of a file named `%s`, among many others',
    (key) => {
      const others = Array.from({ length: 300 }, (_, i) => [`other.${i.toString(36)}`, 'O'] as const)
      const { before, after } = marked(`<p>x.</p><a href="/${key}⟨?tag=C⟩"></a><a href="/other.7m⟨?tag=O⟩">`)
      expect(run(before, { tags: new Map([...others, [key, 'C']]) })).toBe(after)
    },
  )

  it('however many there are', () => {
    const image = '<img src="/img/a.jpg">'
    const edits = createHtmlTagger(tagging)(
      Buffer.from(image.repeat(300_000)),
      () => 'https://www.example.com/',
    )
    expect(edits.map(({ start }) => start)).toEqual(edits.map((_, i) => image.length * (i + 1) - 2))
    expect(edits).toHaveLength(300_000)
  })

  it('in place of an older one', () => {
    expect(run('<img src="/img/a.jpg?x=1&amp;tag=old&amp;y=2">')).toBe(
      '<img src="/img/a.jpg?x=1&amp;tag=A&amp;y=2">',
    )
    expect(run('<img src="/img/a.jpg?tag=old">', { param: 'v' })).toBe(
      '<img src="/img/a.jpg?tag=old&amp;v=A">',
    )
  })
})

it.each([
  ['signs', 'a+b.c++', ['/a+b.c++⟨?tag=C⟩', '/a%2Bb.c%2B%2B⟨?tag=C⟩']],
  ['spaces', 'Copy of it', ['/Copy of it⟨?tag=C⟩', '/Copy%20of%20it⟨?tag=C⟩']],
  ['an ampersand', 'R&D', ['/R&D⟨?tag=C⟩', '/R&amp;D⟨?tag=C⟩', '/R%26D⟨?tag=C⟩']],
  ['letters outside of ASCII', 'é', ['/é⟨?tag=C⟩', '/%c3%A9⟨?tag=C⟩']],
  ['what a regular expression means something by', '$[(.*)|', ['/$%5B(.*)%7C⟨?tag=C⟩']],
])('a name that ends in %s', (_, key, urls) => {
  const { before, after } = marked(`<p>x</p>${urls.map((url) => `<a href="${url}">`).join('')}`)
  expect(run(before, { tags: new Map([[key, 'C']]) })).toBe(after)
})

describe('everything else stays as it is', () => {
  it.each([
    ['a link to a page', '<a href="/about/">x</a><a href="/">x</a><a href="?page=2">x</a><a href="#x">x</a>'],
    ['a hashed asset', '<script type=module src="/assets/index-D3adB33f.js"></script>'],
    ['a file that is not there', '<img src="/img/c.jpg">'],
    ['another origin', '<img src="https://other.example/img/a.jpg"><img src="//other.example/img/a.jpg">'],
    ['another port', '<img src="https://www.example.com:8443/img/a.jpg">'],
    [
      'other schemes',
      '<a href="mailto:/img/a.jpg"><img src="data:image/png,/img/a.jpg"><img src="blob:/img/a.jpg">',
    ],
    ['a feed', '<link rel="alternate" type="application/atom+xml" href="/feed.xml">'],
    ['a canonical address', '<link href="/img/a.jpg" rel=canonical>'],
    ['a comment that ends otherwise', '<!-- --!><a href="/x"><!-- <img src="/img/a.jpg"> -->'],
    ['comments', '<!-- <img src="/img/a.jpg"> --><!--x--!><!--<img src="/img/a.jpg">'],
    ['a declaration', '<!doctype html><!x <img src="/img/a.jpg" ><?php "<img src=/img/a.jpg " ?>'],
    ['scripts', '<script>document.write(`<img src="/img/a.jpg">`)</script>'],
    ['a script in a script', '<script><!-- <script> </script> <img src="/img/a.jpg"> --></script>'],
    [
      'templates',
      '<template><template></template><img src="/img/a.jpg"><style>a{b:url(/img/a.jpg)}</style></template>',
    ],
    [
      'a shadow root in a template',
      '<template><template shadowrootmode=open></template><img src="/img/a.jpg"></template>',
    ],
    [
      'text',
      '<textarea><img src="/img/a.jpg"></textarea><title><img src="/img/a.jpg"></title><xmp><img src="/img/a.jpg"></xmp>',
    ],
    ['plain text', '<plaintext><img src="/img/a.jpg"></plaintext><img src="/img/a.jpg">'],
    ['other attributes', '<img alt="/img/a.jpg" data-src="/img/a.jpg" title="src=/img/a.jpg">'],
    ['an end tag', '</a href="/img/a.jpg">'],
    ['what is in quotes behind a value without', '<a x=y z="y> <img src=/img/a.jpg>">'],
    ['what is in quotes behind a `=` after a space', '<a x="y" =" z="> <img src=/img/a.jpg>">'],
    ['what is in quotes behind a `=` after a quote', '<a x="y"=" z="> <img src=/img/a.jpg>">'],
    ['what is in quotes behind a `=` after a slash', '<a x="y"/=" z="> <img src=/img/a.jpg>">'],
    [
      'what is in quotes behind a slash or a new line',
      '<a/x="y > <img src=/img/a.jpg>"><a\nx="y > <img src=/img/a.jpg>">',
    ],
    [
      'what is in quotes behind a long name',
      '<a-name-of-17-chars x="what is a long value > <img src=/img/a.jpg>">',
    ],
    [
      'strings and comments in CSS',
      `<style>/* url(/img/a.jpg) */ a { content: "url(/img/a.jpg)" } my-url(/img/a.jpg)</style>`,
    ],
    ['CSS escapes', '<style>a { b: url(/img/\\61.jpg) }</style>'],
    ['a tag that never ends', '<p>x</p><img src="/img/a.jpg"'],
    ['a quote that never ends', '<p>x</p><img src="/img/a.jpg>'],
    ['a script that never ends', '<script>"<img src=/img/a.jpg>"'],
    ['broken percent-encoding', '<img src="/img/%zz.jpg"><img src="http://[/img/a.jpg">'],
    ['nothing at all', ''],
    ['a lone <', '<'],
  ])('%s', (_, html) => {
    const body = Buffer.from(html)
    expect(createHtmlTagger(tagging)(body, () => 'https://www.example.com/about/')).toEqual([])
  })

  it('bytes of no encoding', () => {
    const bytes = Buffer.from([...Array(256).keys()].filter((byte) => byte !== 60))
    const page = Buffer.concat([bytes, Buffer.from('<img src="/img/a.jpg">'), bytes])
    const expected = Buffer.concat([bytes, Buffer.from('<img src="/img/a.jpg?tag=A">'), bytes])
    expect(Buffer.compare(tagged(page, {}, 'https://www.example.com/'), expected)).toBe(0)
  })

  it.each([
    ['elements', '<b>x</b>'.repeat(12_000_000)],
    ['attributes', `<i ${'x=y '.repeat(5_000_000)}>`],
    ['characters in a script', `<script><!-- ${'x = 1; '.repeat(5_000_000)}</script>`],
    ['characters in CSS', `<style>a { content: "${'x'.repeat(30_000_000)}" }</style>`],
    ['characters in a srcset', `<img srcset="/x.jpg ${'x'.repeat(30_000_000)}">`],
    ['end tags with quotes', '</b x=">">'.repeat(1_000_000)],
    ['CDATA sections', '<![CDATA[>'.repeat(1_000_000)],
    ['scripts with a comment', '<script><!--<script></script>--></script>'.repeat(200_000)],
    ['scripts in a comment', `<script><!--${'<script></script>'.repeat(1_000_000)}--></script>`],
  ])('a page with millions of %s', (_, much) => {
    const html = Buffer.from(`${much}<img src="/img/a.jpg">`)
    expect(createHtmlTagger(tagging)(html, () => 'https://www.example.com/about/')).toEqual([
      { start: html.length - 2, end: html.length - 2, text: '?tag=A' },
    ])
  })

  it('what is cut off, whatever longer page was there before', () => {
    const html = Buffer.from(
      `<p class="x">x<!-- x --><b>y</b><img alt='z' src="/img/a.jpg"><link href=/sprite.svg rel=icon>
       <template shadowrootmode="open"><style>a{b:url(/img/b.jpg)}</style></template><script src="/legacy.js"></script>`,
    )
    const tag = createHtmlTagger(tagging)
    const editsOf = (body: Buffer) => tag(body, () => 'https://www.example.com/')
    const whole = editsOf(html)
    expect(whole).toHaveLength(6)
    for (let size = 0; size <= html.length; size++) {
      // The content of a `<style>` needs no end; a tag does.
      const isThere = ({ end }: { end: number }) =>
        size >= (html[end] === 0x29 ? end : html.indexOf('>', end)) + 1
      expect(editsOf(html.subarray(0, size)), `${size}`).toEqual(whole.filter(isThere))
      expect(editsOf(html)).toEqual(whole)
    }
  })
})

describe('where files are', () => {
  it('under a base', () => {
    const under = (html: string) => run(html, { base: '/docs/' }, 'https://www.example.com/docs/about/')
    expect(under('<img src="/docs/img/a.jpg">')).toBe('<img src="/docs/img/a.jpg?tag=A">')
    expect(under('<img src="../img/a.jpg">')).toBe('<img src="../img/a.jpg?tag=A">')
    expect(under('<img src="/img/a.jpg">')).toBe('<img src="/img/a.jpg">')
  })

  it('not where the base is another, whoever asks', () => {
    const html = '<img src="https://www.example.com/img/a.jpg"><img src="../../img/a.jpg">'
    expect(run(html, { base: '/docs/' }, 'https://www.example.com/docs/about/')).toBe(html)
  })

  it('on a host of their own', () => {
    const there = (html: string) => run(html, { hosts: ['www.example.com', 'cdn.example.com'] })
    expect(there('<img src="https://cdn.example.com/img/a.jpg">')).toBe(
      '<img src="https://cdn.example.com/img/a.jpg?tag=A">',
    )
    expect(there('<img src="https://cdn2.example.com/img/a.jpg">')).not.toContain('tag=')
  })

  it('relative to the first <base href>', () => {
    expect(
      run('<base target=x><base href="/img/"><base href="/"><img src="a.jpg"><img src="/img/b.jpg">'),
    ).toBe(
      '<base target=x><base href="/img/"><base href="/"><img src="a.jpg?tag=A"><img src="/img/b.jpg?tag=B">',
    )
    expect(
      run('<base href="https://other.example/?a&amp;b"><img src="/img/a.jpg"><img src="img/a.jpg">'),
    ).not.toContain('tag=')
  })
})
