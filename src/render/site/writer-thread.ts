import { Worker } from 'node:worker_threads'
import { BodyJoiner, contentOf } from '../batch-buffer.ts'
import type { Generated } from '../manifest-entry.ts'
import type { Asset, Bodies, FromWriter, Part, ToWriter, Written } from '../messages.ts'
import { fromThrown } from '../serialize-error.ts'
import type { WriterConfig } from './writer.ts'

/** Nothing that the writer makes lives for long, and buffers are given back only when it collects. */
const youngMb = 8

type Answer<Type> = Extract<FromWriter, { type: Type }>

/** The writing thread, seen from the main one. What it is asked for rejects when something could not be written. */
export class WriterThread {
  readonly #worker: Worker
  /** Who waits for an answer; they come in the order of the questions. */
  readonly #waiting: { resolve: (answer: never) => void; reject: (error: unknown) => void }[] = []
  #failure: { error: unknown } | undefined

  constructor(workerData: WriterConfig) {
    const resourceLimits = { maxYoungGenerationSizeMb: youngMb }
    this.#worker = new Worker(new URL('./writer.js', import.meta.url), { workerData, resourceLimits })
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('message', (message: FromWriter) => {
      if (message.type === 'failed') this.#fail(fromThrown(message.error))
      else this.#waiting.shift()?.resolve(message as never)
    })
  }

  /** Writes files into the staging directory where they differ from the site's. */
  async write(keys: string[], { ends, bytes }: Bodies): Promise<Written[]> {
    // Here and not there: nothing takes longer than writing, and this thread has the time.
    const contents = ends.map((end, i) => contentOf(bytes.subarray(ends[i - 1] ?? 0, end)))
    const { changes } = await this.#ask<Answer<'compared'>>({ type: 'write', keys, ends, bytes })
    return contents.map(({ size, md5, sha256 }, i) => ({ size, md5, sha256, change: changes[i]! }))
  }

  /** Writes a part of a large file, and gives the buffer back. */
  async writePart(part: Part): Promise<Answer<'stored'>> {
    return this.#ask(part)
  }

  /** Ends a file that was written in parts. */
  async finish(key: string): Promise<Written> {
    const { files } = await this.#ask<Answer<'wrote'>>({ type: 'end', key })
    return files[0]!
  }

  /** Copies the client's assets into the staging directory. */
  async copy(assets: readonly Asset[]): Promise<Written[]> {
    const { files } = await this.#ask<Answer<'wrote'>>({ type: 'copy', assets })
    return files
  }

  /** Writes files that no page answered into the staging directory. */
  async writeGenerated(files: readonly Generated[]): Promise<Written[]> {
    const bodies = new BodyJoiner(files.reduce((size, { bytes }) => size + bytes.byteLength, 0))
    for (const { bytes } of files) bodies.add(bytes)
    return this.write(
      files.map(({ key }) => key),
      bodies.take(),
    )
  }

  /** The files of the site as it is, but for those in `known`. */
  async listSite(known: ReadonlySet<string>): Promise<string[]> {
    const { keys } = await this.#ask<Answer<'listed'>>({ type: 'list' })
    return keys.split('\0').filter((key) => key !== '' && !known.has(key))
  }

  end(): Promise<number> {
    return this.#worker.terminate()
  }

  #ask<T extends FromWriter>(message: ToWriter): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure.error)
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
