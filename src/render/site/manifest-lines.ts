import { compareKeys } from '../../keys.ts'
import { writing } from '../../staging/write-failed.ts'
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { type ManifestFile, type ManifestHeader } from '../../manifest.ts'
import type { WrittenFile } from '../messages.ts'

/** Characters that are buffered before they are written. */
const bufferSize = 1 << 18

/**
 * Collects the manifest's lines while the site is built. A site may have a million files: memory holds only the key
 * and the position of each line, and a file holds the lines until they can be sorted.
 */
export class ManifestLines {
  readonly counts: ManifestHeader['counts'] = { pages: 0, assets: 0, redirects: 0, bytes: 0 }
  readonly changes: Record<WrittenFile['change'], number> = { new: 0, changed: 0, unchanged: 0 }
  /** Changed files that the last build did not write. */
  readonly overwritten: string[] = []
  readonly #owned: ReadonlySet<string>
  readonly #path: string
  readonly #file: number
  #buffered = ''
  #size = 0
  #closed = false
  /** By key, where its line begins, in bytes. */
  readonly #starts = new Map<string, number>()

  /**
   * @param path The file for the lines
   * @param owned The keys that the last build wrote
   */
  constructor(path: string, owned: ReadonlySet<string>) {
    this.#path = path
    this.#file = writing(path, () => openSync(path, 'w+'))
    this.#owned = owned
  }

  add(file: ManifestFile, change: WrittenFile['change']): void {
    const line = `${JSON.stringify(file)}\n`
    this.#starts.set(file.key, this.#size)
    this.#size += Buffer.byteLength(line)
    this.#buffered += line
    if (this.#buffered.length > bufferSize) this.#flush()
    this.counts[`${file.kind}s`]++
    this.counts.bytes += file.size
    this.changes[change]++
    if (change === 'changed' && !this.#owned.has(file.key)) this.overwritten.push(file.key)
  }

  has(key: string): boolean {
    return this.#starts.has(key)
  }

  keys(): Iterable<string> {
    return this.#starts.keys()
  }

  /** The lines, sorted by key. Nothing can be added after that. */
  *sorted(): Generator<string, void, undefined> {
    this.#flush()
    const keys = [...this.#starts.keys()]
    const starts = Float64Array.from([...this.#starts.values(), this.#size])
    const order = Uint32Array.from(keys.keys()).sort((a, b) => compareKeys(keys[a]!, keys[b]!))
    for (const i of order) {
      const bytes = Buffer.allocUnsafe(starts[i + 1]! - starts[i]!)
      readSync(this.#file, bytes, 0, bytes.byteLength, starts[i]!)
      yield bytes.toString()
    }
    this.close()
  }

  /** Closes the file: Windows does not remove a file that is open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#file)
  }

  #flush(): void {
    writing(this.#path, () => writeFileSync(this.#file, this.#buffered))
    this.#buffered = ''
  }
}
