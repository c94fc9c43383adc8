import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import type { ManifestFile } from '../../manifest.ts'
import { readLines } from '../../read-lines.ts'
import { readSeal } from '../../sealed-lines.ts'

/**
 * What a build knows of its pages, for a build elsewhere that has no last site: the lines of `<outDir>.cache.jsonl`,
 * which only builds understand. Memory holds the key of each page and the place of its line.
 */
export class BuiltPages {
  /** The first line: what all pages depend on. */
  build = ''
  readonly #file: number
  /** By key, where the line begins, in bytes. */
  readonly #starts = new Map<string, number>()
  readonly #sizes = new Map<string, number>()

  private constructor(path: string) {
    this.#file = openSync(path, 'r')
  }

  /**
   * @param builtAt The `createdAt` of the manifest
   * @returns Undefined if there is no such file, or if it is damaged or belongs to another manifest
   */
  static async open(path: string, builtAt: string): Promise<BuiltPages | undefined> {
    if (!existsSync(path) || (await readSeal(path))?.manifest !== builtAt) return undefined
    const pages = new BuiltPages(path)
    await pages.#read(path)
    return pages
  }

  async #read(path: string): Promise<void> {
    let start = 0
    for await (const lines of readLines(path)) {
      for (const line of lines) {
        const size = Buffer.byteLength(line)
        // JSON has no tab in it: behind it is the page's line of the manifest.
        const tab = line.indexOf('\t')
        if (start === 0) this.build = line
        else if (tab !== -1) {
          const { key } = JSON.parse(line.slice(tab + 1)) as ManifestFile
          this.#starts.set(key, start)
          this.#sizes.set(key, size)
        }
        start += size + 1
      }
    }
  }

  /** The line of a page; undefined where the build knows nothing that would help another one. */
  of(key: string): string | undefined {
    const start = this.#starts.get(key)
    if (start === undefined) return undefined
    const bytes = Buffer.allocUnsafe(this.#sizes.get(key)!)
    readSync(this.#file, bytes, 0, bytes.byteLength, start)
    return bytes.toString()
  }

  close(): void {
    closeSync(this.#file)
  }
}
