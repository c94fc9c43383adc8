import type { PageLinks } from './page-links.ts'

/**
 * The links and ids of all pages. A site may have millions of links, most of them to the same few pages: each target
 * is kept once, and a link takes four bytes.
 */
export class LinkTable {
  /** The files that link: pages and style sheets. */
  readonly keys: string[] = []
  readonly #targets = new Texts()
  readonly #ids = new Texts()
  /** For each link, the number of its target, doubled, and one more if it leads visitors. */
  readonly #links = new Numbers()
  readonly #pageIds = new Numbers()
  /** For each file, where its links and its ids end. */
  readonly #ends = new Numbers()
  readonly #idEnds = new Numbers()
  readonly #positions = new Map<string, number>()

  add(key: string, { links, resources, ids }: PageLinks): void {
    this.#positions.set(key, this.keys.length)
    this.keys.push(key)
    for (const to of links) this.#links.push(2 * this.#targets.numberOf(to) + 1)
    for (const to of resources) this.#links.push(2 * this.#targets.numberOf(to))
    for (const id of ids) this.#pageIds.push(this.#ids.numberOf(id))
    this.#ends.push(this.#links.length)
    this.#idEnds.push(this.#pageIds.length)
  }

  /** Each URL that something links to, once. */
  get targets(): readonly string[] {
    return this.#targets.all
  }

  /** Where the file is in `keys`; undefined if it is not there. */
  positionOf(key: string): number | undefined {
    return this.#positions.get(key)
  }

  /** Calls back for each link, by the positions of its file in `keys` and of its target in `targets`. */
  eachLink(visit: (from: number, target: number, leadsVisitors: boolean) => void): void {
    let at = 0
    for (let from = 0; from < this.keys.length; from++) {
      for (const end = this.#ends.at(from); at < end; at++) {
        const link = this.#links.at(at)
        visit(from, link >>> 1, (link & 1) === 1)
      }
    }
  }

  /** The positions in `targets` of what a file links to. */
  targetsOf(position: number): number[] {
    const targets: number[] = []
    const end = this.#ends.at(position)
    for (let at = position === 0 ? 0 : this.#ends.at(position - 1); at < end; at++)
      targets.push(this.#links.at(at) >>> 1)
    return targets
  }

  /** The ids of a page. */
  idsOf(position: number): ReadonlySet<string> {
    const ids = new Set<string>()
    const end = this.#idEnds.at(position)
    for (let at = position === 0 ? 0 : this.#idEnds.at(position - 1); at < end; at++)
      ids.add(this.#ids.all[this.#pageIds.at(at)]!)
    return ids
  }
}

/** Keeps each text once, by a number. */
class Texts {
  readonly all: string[] = []
  readonly #numbers = new Map<string, number>()

  numberOf(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    // A copy: a part of a text keeps the whole of it, a page, in memory.
    const copy = Buffer.from(text).toString()
    this.#numbers.set(copy, this.all.length)
    return this.all.push(copy) - 1
  }
}

/** A list of whole numbers, of four bytes each. */
class Numbers {
  length = 0
  #values = new Uint32Array(1024)

  push(value: number): void {
    if (this.length === this.#values.length) {
      const more = new Uint32Array(2 * this.length)
      more.set(this.#values)
      this.#values = more
    }
    this.#values[this.length++] = value
  }

  at(position: number): number {
    return this.#values[position]!
  }
}
