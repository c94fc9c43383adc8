import type { Hints } from './tags.ts'

/** More kinds of names than this are not looked for. */
const mostEndings = 32

/**
 * Makes a function that finds the places of a document where one of these files may be named: by the ending of its
 * name, or escaped in whatever way. To look for these is fast, and most of a page is not read any further then.
 */
export function createHinter(keys: Iterable<string>): (html: Buffer) => Hints | undefined {
  const names = Array.from(keys, (key) => key.slice(key.lastIndexOf('/') + 1))
  const endings = new Set(names.map((name) => name.slice(Math.max(0, name.lastIndexOf('.')))))
  if (endings.size > mostEndings) return (html) => ({ last: html.length, next: (from) => from })
  const needles = Array.from(endings, (ending) => Buffer.from(ending))
  // Other scripts are escaped as a matter of course.
  const anyPercent = needles.some((needle) => needle.some((byte) => byte > 127))
  return (html) => {
    const places: number[] = []
    const look = (needle: Buffer | number, counts?: (at: number) => boolean) => {
      for (let at = html.indexOf(needle); at >= 0; at = html.indexOf(needle, at + 1))
        if (!counts || counts(at)) places.push(at)
    }
    for (const needle of needles) look(needle)
    look(percent, (at) => anyPercent || escapesForNoReason(html[at + 1]!, html[at + 2]!))
    look(hash, (at) => html[at - 1] === ampersand && !isQuote(html.toString('latin1', at + 1, at + 5)))
    return places.length === 0 ? undefined : among(places.sort((a, b) => a - b))
  }
}

const percent = 37
// A page has many an ampersand, and few of these: a reference by number is looked for by its second character.
const [hash, ampersand] = [35, 38]

/** A dot, digit or letter needs no percent-encoding: `%2E`, `%3…` to `%7…`. */
const escapesForNoReason = (first: number, second: number) =>
  first === 50 ? (second | 32) === 101 : first > 50 && first < 56

/** What a text has most of its numeric references for. */
const isQuote = (reference: string) => /^(?:34|39|x2[27]);/i.test(reference)

function among(places: readonly number[]): Hints {
  let next = 0
  return {
    last: places.at(-1)!,
    next(from) {
      while (places[next]! < from) next++
      return places[next] ?? Infinity
    },
  }
}
