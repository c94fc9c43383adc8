import { contentTypeOf } from '../content-type.ts'
import { DistillError, messageOf } from '../errors.ts'
import type { ManifestFile } from '../manifest.ts'
import { isObject } from '../option-schema.ts'
import { checkFile } from '../routes/output-file.ts'
import { type SiteSources, refuseSameFiles } from './collisions.ts'
import { hostFileKeys } from './host-files/host-files.ts'
import { type FileEntry, type GeneratedFile, manifestEntry } from './manifest-entry.ts'
import type { WrittenFile } from './messages.ts'
import type { Renderer } from './render-selection.ts'
import type { ManifestLines } from './site/manifest-lines.ts'

/** The files that the option `rendered` emits. Each is written at once, so that memory need not hold all of them. */
export class EmittedFiles {
  readonly #renderer: Renderer
  readonly #sources: SiteSources
  readonly #lines: ManifestLines
  readonly #files = new Map<string, { entry: FileEntry; written: Promise<WrittenFile[]> }>()

  /** @param site `lines`: all other files of the site but those of the option `hostFiles` */
  constructor(renderer: Renderer, { sources, lines }: { sources: SiteSources; lines: ManifestLines }) {
    this.#renderer = renderer
    this.#sources = sources
    this.#lines = lines
  }

  /** @throws {DistillError} `RENDERED_FAILED` or `PATH_UNSAFE`, `COLLISION` if it was emitted before */
  add(given: unknown): void {
    const { bytes, ...entry } = readEmitted(given)
    const { key } = entry
    if (this.#files.has(key))
      throw new DistillError('COLLISION', `\`rendered\` emits \`${key}\` twice`, { hint })
    const written = this.#renderer.writer.writeGenerated([{ ...entry, bytes }])
    // It is awaited later: until then, a rejection must not end the process.
    written.catch(() => {})
    this.#files.set(key, { entry, written })
  }

  /**
   * Adds the files to the site.
   * @throws {DistillError} `COLLISION`, with every file that the site cannot have beside the others; `WRITE_FAILED`
   */
  async end(): Promise<void> {
    if (this.#files.size === 0) return
    const { options } = this.#renderer
    const files = [...this.#files.values()]
    // What collides may be the reason why it cannot be written.
    await Promise.allSettled(files.map(({ written }) => written))
    this.#refuseCollisions()
    for (const { entry, written } of files) {
      const [file] = await written
      this.#lines.add(manifestEntry(entry, file!, options.base), file!.change)
    }
  }

  #refuseCollisions(): void {
    const lines = this.#lines
    const later = hostFileKeys(this.#renderer.options).map((key) => ({ key, by: 'the option `hostFiles`' }))
    const emitted = [...this.#files.keys()].map((key) => ({ key, by: 'the option `rendered`' }))
    refuseSameFiles<{ key: string; by?: string }>([keysOf(lines), later, emitted], {
      describe: ({ key, by }) => by ?? this.#describe(lines.get(key)!),
      hint,
    })
  }

  #describe({ key, url, kind, route }: ManifestFile): string {
    if (route !== undefined) return `page \`${url}\` of route \`${route}\``
    if (kind === 'redirect') return `redirect \`${url}\` of the options`
    if (kind === 'asset') return `the client's file \`${key}\``
    // A large sitemap has more than one file.
    const { option = 'sitemap' } = this.#sources.generated.find((file) => file.key === key) ?? {}
    return `the option \`${option}\``
  }
}

const hint = 'Give the file that `rendered` emits another `fileName`.'

function* keysOf(lines: ManifestLines): Generator<{ key: string }, void, undefined> {
  for (const key of lines.keys()) yield { key }
}

/** Checks what `emitFile()` was called with. */
function readEmitted(given: unknown): GeneratedFile {
  if (!isObject(given)) throw refusal('something that is no object')
  const { fileName, source, headers } = given
  if (typeof fileName !== 'string') throw refusal('a file whose `fileName` is no string')
  try {
    checkFile(fileName)
  } catch (error) {
    throw new DistillError('PATH_UNSAFE', `\`rendered\` emits \`${fileName}\`: ${messageOf(error)}`, {
      hint: 'A `fileName` is relative to the site, with `/` between folders: `feed.xml`, `search/index.json`.',
    })
  }
  if (typeof source !== 'string' && !(source instanceof Uint8Array))
    throw refusal(`\`${fileName}\`, whose \`source\` is neither a string nor bytes`)
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  return { key: fileName, kind: 'asset', emitted: true, headers: readHeaders(headers, fileName), bytes }
}

function readHeaders(given: unknown, fileName: string): ManifestFile['headers'] {
  const type = { 'content-type': contentTypeOf(fileName) }
  if (given === undefined) return type
  try {
    if (!isObject(given)) throw new TypeError('they are no object')
    for (const [name, value] of Object.entries(given))
      if (typeof value !== 'string') throw new TypeError(`\`${name}\` is no string`)
    return { ...type, ...Object.fromEntries(new Headers(given as Record<string, string>)) }
  } catch (error) {
    throw refusal(`\`${fileName}\`, whose \`headers\` cannot be sent: ${messageOf(error)}`)
  }
}

const refusal = (what: string) =>
  new DistillError('RENDERED_FAILED', `\`rendered\` emits ${what}`, {
    hint: "Emit it as in `site.emitFile({ fileName: 'feed.xml', source: '<rss>…</rss>' })`.",
  })
