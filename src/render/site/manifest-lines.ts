import type { ManifestFile, ManifestHeader } from '../../manifest.ts'
import type { WrittenFile } from '../messages.ts'
import { LineFile } from './line-file.ts'

/** Collects the manifest's lines while the site is built. */
export class ManifestLines {
  readonly counts: ManifestHeader['counts'] = { pages: 0, assets: 0, redirects: 0, bytes: 0 }
  readonly changes: Record<WrittenFile['change'], number> = { new: 0, changed: 0, unchanged: 0 }
  /** Keys of pages that only a target has. */
  readonly remote = new Set<string>()
  /** Changed files that the last build did not write. */
  readonly overwritten: string[] = []
  readonly #owned: ReadonlySet<string>
  readonly #lines: LineFile
  /** By number. */
  readonly #changeOf: WrittenFile['change'][] = []

  /**
   * @param path A file for the lines
   * @param owned The keys that the last build wrote
   */
  constructor(path: string, owned: ReadonlySet<string>) {
    this.#lines = new LineFile(path)
    this.#owned = owned
  }

  /**
   * @param line `file` as JSON, if that is at hand
   * @returns Its number, from 0 on
   */
  add(file: ManifestFile, change: WrittenFile['change'], line = JSON.stringify(file)): number {
    const number = this.#lines.add(file.key, line)
    this.#changeOf.push(change)
    this.counts[`${file.kind}s`]++
    this.counts.bytes += file.size
    if (file.remote) this.remote.add(file.key)
    else this.changes[change]++
    if (change === 'changed' && !this.#owned.has(file.key)) this.overwritten.push(file.key)
    return number
  }

  has(key: string): boolean {
    return this.#lines.has(key)
  }

  keys(): Iterable<string> {
    return this.#lines.keys()
  }

  /** The file of a key, if the site has one. */
  get(key: string): ManifestFile | undefined {
    const line = this.#lines.get(key)
    return line === undefined ? undefined : (JSON.parse(line) as ManifestFile)
  }

  /** The files, sorted by key. Nothing may be added meanwhile. */
  *files(): Generator<ManifestFile, void, undefined> {
    for (const text of this.sorted())
      for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line) as ManifestFile
  }

  /** The lines, sorted by key, some at a time. Nothing may be added meanwhile. */
  sorted(): Generator<string, void, undefined> {
    return this.#lines.sorted()
  }

  close(): void {
    this.#lines.close()
  }

  /** Compared with the last build. */
  changeOf(number: number): WrittenFile['change'] {
    return this.#changeOf[number]!
  }

  /** The number of the line of a key; undefined if it has none. */
  numberOf(key: string): number | undefined {
    return this.#lines.numberOf(key)
  }

  /** The numbers of the lines, sorted by key. */
  order(): Uint32Array {
    return this.#lines.order()
  }
}
