import { type Token, Tokenizer, TokenizerMode } from 'parse5'
import { expect, it } from 'vitest'
import { type Attribute, readElements } from '../../src/html/elements.ts'
import { decodeReferences, toUnicode } from '../../src/html/references.ts'

type Found = unknown[]

/** Of attributes with the same name, only the first. */
function read(html: string): Found[] {
  const found: Found[] = []
  const attributeOf = ({ name, start, end, quoted }: Attribute) => {
    if (start === end) return { name }
    const value = toUnicode(decodeReferences(html.slice(start, end)).text)
    return { name, value, end: quoted ? end + 1 : end }
  }
  readElements(html, {
    startTag(name, attributes) {
      const first = attributes.filter((one) => attributes.find((other) => other.name === one.name) === one)
      found.push(['start', name, first.map(attributeOf)])
    },
    endTag: (start, end) => found.push(['end', html.slice(start, end).toLowerCase()]),
    style: (start, end) => found.push(['style', html.slice(start, end)]),
  })
  return found
}

const modes = new Map<string, Tokenizer['state']>([
  ['iframe', TokenizerMode.RAWTEXT],
  ['noembed', TokenizerMode.RAWTEXT],
  ['noframes', TokenizerMode.RAWTEXT],
  ['plaintext', TokenizerMode.PLAINTEXT],
  ['script', TokenizerMode.SCRIPT_DATA],
  ['style', TokenizerMode.RAWTEXT],
  ['textarea', TokenizerMode.RCDATA],
  ['title', TokenizerMode.RCDATA],
  ['xmp', TokenizerMode.RAWTEXT],
])

/** The same, found by parse5, which follows the HTML standard. */
function readByStandard(html: string): Found[] {
  const found: Found[] = []
  let style: string | undefined
  const onText = ({ chars }: Token.CharacterToken) => {
    if (style !== undefined) style += chars
  }
  const endStyle = () => {
    if (style) found.push(['style', style])
    style = undefined
  }
  const tokenizer: Tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onStartTag({ tagName, attrs, location }) {
        const attributes = attrs.map(({ name, value }) =>
          value === '' ? { name } : { name, value, end: location!.attrs![name]!.endOffset },
        )
        found.push(['start', tagName, attributes])
        tokenizer.state = modes.get(tagName) ?? TokenizerMode.DATA
        if (tagName === 'style') style = ''
      },
      onEndTag({ tagName }) {
        endStyle()
        found.push(['end', tagName])
      },
      onCharacter: onText,
      onWhitespaceCharacter: onText,
      onNullCharacter: onText,
      onComment() {},
      onDoctype() {},
      onEof: endStyle,
    },
  )
  tokenizer.write(html, true)
  return found
}

it.each([
  [
    'elements',
    [
      `<p>¦</p>¦<P CLASS=x>¦<br/>¦<a href="/x/">¦<b title='<i>'>¦<x-y a=b/c d>¦<a\u00a0b=c>¦<p title=it's>¦<a "b" c>`,
      `<p a = "b" >¦<i a="b"c='d'>¦<a\u000bb>¦<p a=b"c>¦</p a=">">¦<!-- ¦ -->¦<!doctype html>¦<?x >¦</ >¦<script>`,
      `</script>¦<STYLE>¦</style >¦<title>¦</title>¦<scripts>¦<template>¦</template>¦<base href="/about/">¦<link>¦<p`,
      `a < b¦"¦'¦=¦>¦/¦ ¦text¦near.png¦&#47;¦<svg:a xlink:href="/sprite.svg">¦<img src="/img/a.jpg">`,
      `<IMG SRC=/img/b.jpg>¦<img alt='>' src='/img/a.jpg'>¦<a title="<img src=/img/a.jpg>">`,
    ],
  ],
  ['characters', [`<a ¦<b¦</a ¦ ¦=¦ =¦"¦'¦/¦x¦x="y"¦>¦\n¦longer than sixteen bytes¦<img src=/img/a.jpg>`]],
  [
    'comments and scripts',
    [
      `<script>¦</script>¦<script¦</script¦</SCRIPT\n>¦ ¦>¦<!--¦-->¦-¦<¦!¦--!>¦x¦<img src=a>¦<!¦<![CDATA[¦]]>¦<?¦</¦/`,
    ],
  ],
  [
    'elements that hold text',
    [
      `<style>¦</style>¦</Style x=">">¦<noscript>¦</noscript>¦<iframe>¦</iframe>¦<xmp>¦</xmp/>¦<noembed>¦</noembed>`,
      `<noframes>¦</noframes>¦<textarea>¦</textarea>¦<title/>¦</title>¦<plaintext >¦a{b:url(c)}¦<img src=a>¦</¦<!--`,
    ],
  ],
])('reads as browsers do, whatever the order of the %s', (_, lines) => {
  let found = 0
  for (const html of mixed(lines)) {
    const expected = readByStandard(html)
    if (expected.length > 1) found++
    expect(read(html), html).toEqual(expected)
  }
  expect(found).toBeGreaterThan(2_500)
})

it.each([
  ['in quotes', '<a b="', '">'],
  ['without quotes', '<a b=', '>'],
])('decodes the character references of a value %s', (_, before, after) => {
  const references =
    '&amp;¦&amp¦&¦;¦&eacute;¦&eacute¦=¦1¦&#x2f;¦&#x2f¦&#233¦&#0;¦&#128;¦&#x110000;¦&#;¦&nGt;¦&notit;¦&not¦&copy=¦x'
  for (const value of mixed([references])) {
    const html = before + value + after
    expect(read(html), html).toEqual(readByStandard(html))
  }
})

/** Documents of pieces in any order. */
function* mixed(lines: readonly string[]): Generator<string, void, undefined> {
  const pieces = lines.flatMap((line) => line.split('¦'))
  let seed = 1
  const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
  for (let i = 0; i < 10_000; i++)
    yield Array.from({ length: 1 + random(24) }, () => pieces[random(pieces.length)]).join('')
}
