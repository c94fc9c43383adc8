/**
 * What a document has wherever it may name a file, by its first three bytes: of each of them the lower halves that it
 * may have, then the upper ones, with a bit for each of eight groups.
 */
export type HintTable = Uint8Array

/** In each place any of these bytes; any at all behind the last. */
type Hint = readonly string[]

/** Nothing of this has to be escaped in a URL: dots, digits and letters. */
const escapedForNoReason: readonly Hint[] = [
  ['%', '2', 'eE'],
  ['%', '34567'],
  ['&', '#'],
]
const groups = 8
const anyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')

/**
 * Makes the table for these files: by the ending of its name, or escaped in whatever way. To look for these is fast,
 * and most of a page is not read any further then.
 */
export function createHintTable(keys: Iterable<string>): HintTable {
  const table = new Uint8Array(96)
  const add = (group: number, hint: Hint) => {
    for (let place = 0; place < 3; place++) {
      for (const byte of Buffer.from(hint[place] ?? anyByte, 'latin1')) {
        table[32 * place + (byte & 15)]! |= 1 << group
        table[32 * place + 16 + (byte >> 4)]! |= 1 << group
      }
    }
  }
  const endings = [...new Set(Array.from(keys, endingOf))]
  // A URL has some of it escaped as a matter of course, in one way or another: then every tag is read.
  if (endings.some((ending) => /[^\w.~-]/.test(ending))) add(0, [])
  for (const [group, hint] of escapedForNoReason.entries()) add(group, hint)
  // Those of one group are mixed up, so that a few more places are looked at.
  const first = escapedForNoReason.length
  for (const [i, ending] of endings.entries()) add(first + (i % (groups - first)), [...ending])
  return table
}

/** From the last dot of a file's name, or all of the name. */
function endingOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  return name.slice(Math.max(0, name.lastIndexOf('.')))
}
