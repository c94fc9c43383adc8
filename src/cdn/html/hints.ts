import type { Hints } from './tags.ts'

/** More kinds of names than this are not looked for: then every tag is read. */
const mostEndings = 32

/**
 * Makes a function that finds the places of a document where one of these files may be named: by the ending of its
 * name, or escaped in whatever way. To look for these is fast, and most of a page is not read any further then.
 */
export function createHinter(keys: Iterable<string>): (html: string) => Hints | undefined {
  const endings = new Set(Array.from(keys, endingOf))
  if (endings.size > mostEndings || Array.from(endings).some(isEscaped))
    return (html) => ({ last: html.length - 1, next: (from) => from })
  const named = anyOf(endings)
  return (html) => {
    const places: number[] = []
    for (named.lastIndex = 0; named.test(html);) places.push(named.lastIndex - 1)
    const look = (character: string, counts: (at: number) => boolean) => {
      for (let at = html.indexOf(character); at >= 0; at = html.indexOf(character, at + 1))
        if (counts(at)) places.push(at)
    }
    look('%', (at) => escapesForNoReason(html.charCodeAt(at + 1), html.charCodeAt(at + 2)))
    // A page has many an ampersand, and few of these: a reference by number is looked for by its second character.
    look('#', (at) => html[at - 1] === '&' && !isQuote.test(html.slice(at, at + 5)))
    return places.length === 0
      ? undefined
      : among(
          places.sort((a, b) => a - b),
          html.length,
        )
  }
}

/** From the last dot of a file's name, or all of the name; one character for each byte. */
function endingOf(key: string): string {
  const name = Buffer.from(key.slice(key.lastIndexOf('/') + 1)).toString('latin1')
  return name.slice(Math.max(0, name.lastIndexOf('.')))
}

/** A URL has some of it escaped as a matter of course, in one way or another. */
const isEscaped = (ending: string) => /[^\w.~-]/.test(ending)

function anyOf(texts: Iterable<string>): RegExp {
  const escaped = Array.from(texts, (text) => text.replaceAll(/\W/g, String.raw`\$&`))
  return new RegExp(escaped.join('|') || '(?!)', 'g')
}

/** A dot, digit or letter needs no percent-encoding: `%2E`, `%3…` to `%7…`. */
const escapesForNoReason = (first: number, second: number) =>
  first === 50 ? (second | 32) === 101 : first > 50 && first < 56

/** What a text has most of its numeric references for. */
const isQuote = /^#(?:34|39|x2[27]);/i

function among(places: readonly number[], end: number): Hints {
  let next = 0
  return {
    last: places.at(-1)!,
    next(from) {
      while (places[next]! < from) next++
      return places[next] ?? end
    },
  }
}
