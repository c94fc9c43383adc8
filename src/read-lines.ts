import { createReadStream } from 'node:fs'

/** Bytes that one read takes. */
const readSize = 1 << 18

/** Yields the lines of a file, many at a time: a promise for each costs more than reading it. */
export async function* readLines(path: string): AsyncGenerator<string[], void, undefined> {
  const input = createReadStream(path, { encoding: 'utf8', highWaterMark: readSize })
  let rest = ''
  try {
    for await (const text of input as AsyncIterable<string>) {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      if (lines.length > 0) yield lines
    }
    if (rest !== '') yield [rest]
  } finally {
    input.destroy()
  }
}
