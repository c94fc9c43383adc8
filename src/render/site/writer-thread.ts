import { Worker } from 'node:worker_threads'
import { contentOf, joinBodies } from '../batch-buffer.ts'
import type { GeneratedFile } from '../manifest-entry.ts'
import type { Asset, Bodies, BodyPart, CheckedFile, FromWriter, ToWriter, WrittenFile } from '../messages.ts'
import { deserializeError } from '../serialize-error.ts'
import type { WriterConfig } from './writer.ts'

/** A small young generation makes the writer collect often, and each collection frees the buffers of written batches. */
const youngGenerationMb = 8

type Response<Type> = Extract<FromWriter, { type: Type }>
type NamedFile = Pick<CheckedFile, 'key'>

/** The main thread's side of the writer. Every method rejects once the writer has failed. */
export class WriterThread {
  readonly #worker: Worker
  /** Requests without a response so far; responses arrive in the order of the requests. */
  readonly #pending: { resolve: (response: never) => void; reject: (error: unknown) => void }[] = []
  #failure: { error: unknown } | undefined

  constructor(workerData: WriterConfig) {
    const resourceLimits = { maxYoungGenerationSizeMb: youngGenerationMb }
    this.#worker = new Worker(new URL('./writer.js', import.meta.url), { workerData, resourceLimits })
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('message', (message: FromWriter) => {
      if (message.type === 'failed') this.#fail(deserializeError(message.error))
      else this.#pending.shift()?.resolve(message as never)
    })
  }

  /** Writes files into the staging directory where they differ from the site's. */
  async write(files: readonly NamedFile[], bodies: Bodies): Promise<WrittenFile[]> {
    const { ends, bytes } = bodies
    // Hashed on this thread, which has time to spare: the writer is the slowest step.
    const contents = ends.map((end, i) => contentOf(bytes.subarray(ends[i - 1] ?? 0, end)))
    const changes = await this.writeHashed(files, bodies)
    return contents.map(({ size, md5, sha256 }, i) => ({ size, md5, sha256, change: changes[i]! }))
  }

  /** The same for files whose hashes are known. */
  async writeHashed(
    files: readonly NamedFile[],
    { ends, bytes }: Bodies,
  ): Promise<readonly WrittenFile['change'][]> {
    const keys = files.map(({ key }) => key)
    const { changes } = await this.#request<Response<'compared'>>({ type: 'write', keys, ends, bytes })
    return changes
  }

  /** Writes a part of a large file. The response brings the buffer back. */
  async writePart(part: BodyPart): Promise<Response<'stored'>> {
    return this.#request(part)
  }

  /** Completes a file that was written in parts. */
  async finish({ key }: NamedFile): Promise<WrittenFile> {
    const { files } = await this.#request<Response<'wrote'>>({ type: 'end', key })
    return files[0]!
  }

  /** Copies the client's assets into the staging directory. */
  async copy(assets: readonly Asset[]): Promise<WrittenFile[]> {
    const { files } = await this.#request<Response<'wrote'>>({ type: 'copy', assets })
    return files
  }

  /** Writes generated files like those of pages. */
  async writeGenerated(files: readonly GeneratedFile[]): Promise<WrittenFile[]> {
    return this.write(files, joinBodies(files.map(({ bytes }) => bytes)))
  }

  /** The files in the site's directory. */
  async listSite(): Promise<string[]> {
    const { keys } = await this.#request<Response<'listed'>>({ type: 'listSite' })
    return keys === '' ? [] : keys.split('\0')
  }

  /** Whether each of these files is in the site, with this content. */
  async areIntact(files: readonly CheckedFile[]): Promise<boolean[]> {
    if (files.length === 0) return []
    const checked = files.map(({ key, size, sha256 }) => ({ key, size, sha256 }))
    const { intact } = await this.#request<Response<'checked'>>({ type: 'check', files: checked })
    return intact
  }

  end(): Promise<number> {
    return this.#worker.terminate()
  }

  #request<T extends FromWriter>(message: ToWriter): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure.error)
      this.#pending.push({ resolve, reject })
      this.#worker.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    for (const { reject } of this.#pending.splice(0)) reject(error)
  }
}
