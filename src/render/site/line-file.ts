import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { compareKeys } from '../../keys.ts'
import { writing } from '../../staging/write-failed.ts'

/** Characters that are buffered before they are written. */
const bufferSize = 1 << 18
/** The most bytes that one read takes, unless a line is longer. */
const readSize = 1 << 18

/**
 * Lines by key, in a temporary file. A site may have a million files: memory holds only the key and the position of
 * each line.
 */
export class LineFile {
  readonly #path: string
  readonly #file: number
  /** By key, the number of its line. */
  readonly #numbers = new Map<string, number>()
  /** Where each line begins, in bytes. */
  readonly #starts: number[] = []
  #buffered = ''
  #size = 0
  #closed = false
  #order: Uint32Array | undefined

  constructor(path: string) {
    this.#path = path
    this.#file = writing(path, () => openSync(path, 'w+'))
  }

  /**
   * @param text Without a line break
   * @returns The number of the line, from 0 on
   */
  add(key: string, text: string): number {
    const line = `${text}\n`
    const number = this.#starts.length
    this.#numbers.set(key, number)
    this.#starts.push(this.#size)
    this.#size += Buffer.byteLength(line)
    this.#buffered += line
    if (this.#buffered.length > bufferSize) this.#flush()
    this.#order = undefined
    return number
  }

  get size(): number {
    return this.#numbers.size
  }

  has(key: string): boolean {
    return this.#numbers.has(key)
  }

  keys(): Iterable<string> {
    return this.#numbers.keys()
  }

  /** The line of a key, if it has one. */
  get(key: string): string | undefined {
    const number = this.#numbers.get(key)
    if (number === undefined) return undefined
    this.#flush()
    return this.#read(number, number).toString()
  }

  /** The number of the line of a key; undefined if it has none. */
  numberOf(key: string): number | undefined {
    return this.#numbers.get(key)
  }

  /** The numbers of the lines, sorted by key. */
  order(): Uint32Array {
    if (this.#order) return this.#order
    const keys = [...this.#numbers.keys()]
    const numbers = [...this.#numbers.values()]
    const places = Uint32Array.from(keys.keys()).sort((a, b) => compareKeys(keys[a]!, keys[b]!))
    this.#order = places.map((place) => numbers[place]!)
    return this.#order
  }

  /** The lines, sorted by key, some at a time. Nothing may be added meanwhile; none once it is closed. */
  *sorted(): Generator<string, void, undefined> {
    if (this.#closed) return
    this.#flush()
    const order = this.order()
    for (let at = 0; at < order.length;) {
      const first = order[at]!
      let last = first
      // Lines of kept pages are in this order already: one read takes many.
      for (at++; at < order.length && order[at] === last + 1; at++) {
        if (this.#end(last + 1) - this.#starts[first]! > readSize) break
        last++
      }
      yield this.#read(first, last).toString()
    }
  }

  /** Closes the file: Windows does not remove a file that is open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#file)
  }

  #read(first: number, last: number): Buffer {
    const start = this.#starts[first]!
    const bytes = Buffer.allocUnsafe(this.#end(last) - start)
    readSync(this.#file, bytes, 0, bytes.byteLength, start)
    return bytes
  }

  #end(number: number): number {
    return this.#starts[number + 1] ?? this.#size
  }

  #flush(): void {
    if (this.#buffered === '') return
    writing(this.#path, () => writeFileSync(this.#file, this.#buffered))
    this.#buffered = ''
  }
}
