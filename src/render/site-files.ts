import { type ManifestFile, type ManifestHeader, compareKeys } from '../manifest.ts'
import type { Written } from './messages.ts'

/**
 * The files of a site while it is made: of each the key and its line of the manifest, which is all that is needed
 * and takes a fraction of the memory of the object, for there may be a million.
 */
export class SiteFiles {
  readonly counts: ManifestHeader['counts'] = { pages: 0, assets: 0, redirects: 0, bytes: 0 }
  readonly changes: Record<Written['change'], number> = { new: 0, changed: 0, unchanged: 0 }
  /** Keys whose file is replaced and was not written by the last build. */
  readonly overwritten: string[] = []
  readonly #owned: ReadonlySet<string>
  readonly #lines = new Map<string, string>()

  /** @param owned The keys that the last build wrote */
  constructor(owned: ReadonlySet<string>) {
    this.#owned = owned
  }

  add(file: ManifestFile, change: Written['change']): void {
    this.#lines.set(file.key, `${JSON.stringify(file)}\n`)
    this.counts[`${file.kind}s`]++
    this.counts.bytes += file.size
    this.changes[change]++
    if (change === 'changed' && !this.#owned.has(file.key)) this.overwritten.push(file.key)
  }

  has(key: string): boolean {
    return this.#lines.has(key)
  }

  keys(): Iterable<string> {
    return this.#lines.keys()
  }

  /** The lines of the manifest, in its order. */
  *lines(): Generator<string, void, undefined> {
    for (const key of [...this.#lines.keys()].sort(compareKeys)) yield this.#lines.get(key)!
  }
}
