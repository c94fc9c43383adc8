import { compareKeys } from '../../keys.ts'
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { type ManifestFile, type ManifestHeader } from '../../manifest.ts'
import type { Written } from '../messages.ts'

/** Characters that are held before they are written. */
const holdSize = 1 << 18

/**
 * The files of a site while it is made. Of each only the key and the place of its line of the manifest are kept in
 * memory, for there may be a million; the lines are in a file until they can be put in order.
 */
export class SiteFiles {
  readonly counts: ManifestHeader['counts'] = { pages: 0, assets: 0, redirects: 0, bytes: 0 }
  readonly changes: Record<Written['change'], number> = { new: 0, changed: 0, unchanged: 0 }
  /** Keys whose file is replaced and was not written by the last build. */
  readonly overwritten: string[] = []
  readonly #owned: ReadonlySet<string>
  readonly #file: number
  #held = ''
  #size = 0
  #closed = false
  /** By key, where its line begins, in bytes. */
  readonly #places = new Map<string, number>()

  /**
   * @param path The file for the lines
   * @param owned The keys that the last build wrote
   */
  constructor(path: string, owned: ReadonlySet<string>) {
    this.#file = openSync(path, 'w+')
    this.#owned = owned
  }

  add(file: ManifestFile, change: Written['change']): void {
    const line = `${JSON.stringify(file)}\n`
    this.#places.set(file.key, this.#size)
    this.#size += Buffer.byteLength(line)
    this.#held += line
    if (this.#held.length > holdSize) this.#flush()
    this.counts[`${file.kind}s`]++
    this.counts.bytes += file.size
    this.changes[change]++
    if (change === 'changed' && !this.#owned.has(file.key)) this.overwritten.push(file.key)
  }

  has(key: string): boolean {
    return this.#places.has(key)
  }

  keys(): Iterable<string> {
    return this.#places.keys()
  }

  /** The lines of the manifest, in its order. Nothing can be added after that. */
  *lines(): Generator<string, void, undefined> {
    this.#flush()
    const keys = [...this.#places.keys()]
    const starts = Float64Array.from([...this.#places.values(), this.#size])
    const order = Uint32Array.from(keys.keys()).sort((a, b) => compareKeys(keys[a]!, keys[b]!))
    for (const i of order) {
      const bytes = Buffer.allocUnsafe(starts[i + 1]! - starts[i]!)
      readSync(this.#file, bytes, 0, bytes.byteLength, starts[i]!)
      yield bytes.toString()
    }
    this.close()
  }

  /** Lets go of the file, which an open handle would keep from being removed on Windows. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#file)
  }

  #flush(): void {
    writeFileSync(this.#file, this.#held)
    this.#held = ''
  }
}
