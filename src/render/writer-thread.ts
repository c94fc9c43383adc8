import { Worker } from 'node:worker_threads'
import type { Generated } from './manifest-file.ts'
import type { Asset, Batch, FromWriter, ToWriter, Written } from './messages.ts'
import { fromThrown } from './thrown.ts'
import type { WriterConfig } from './writer.ts'

/** Nothing that the writer makes lives for long, and buffers are given back only when it collects. */
const youngMb = 8

/** The writing thread, seen from the main one. */
export class WriterThread {
  /** Rejects when something could not be written; otherwise never settles. */
  readonly failed: Promise<never>
  onMessage: (message: Exclude<FromWriter, { type: 'failed' }>) => void = () => {}
  readonly #worker: Worker

  constructor(workerData: WriterConfig) {
    const resourceLimits = { maxYoungGenerationSizeMb: youngMb }
    this.#worker = new Worker(new URL('./writer.js', import.meta.url), { workerData, resourceLimits })
    this.failed = new Promise((_, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('message', (message: FromWriter) => {
        if (message.type === 'failed') reject(fromThrown(message.error))
        else this.onMessage(message)
      })
    })
    this.failed.catch(() => {})
  }

  send(message: ToWriter): void {
    this.#worker.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
  }

  end(): Promise<number> {
    return this.#worker.terminate()
  }
}

/** Copies the client's assets into the staging directory. */
export async function copyAssets(assets: readonly Asset[], writer: WriterThread): Promise<Written[]> {
  const copied = new Promise<Written[]>((resolve) => {
    writer.onMessage = (message) => message.type === 'copied' && resolve(message.assets)
  })
  writer.send({ type: 'copy', assets: [...assets] })
  return Promise.race([copied, writer.failed])
}

/** Writes files that no page answered into the staging directory. */
export async function writeGenerated(files: readonly Generated[], writer: WriterThread): Promise<Written[]> {
  if (files.length === 0) return []
  const bytes = new Uint8Array(Buffer.concat(files.map((file) => file.bytes)))
  let end = 0
  const pages: Batch['pages'] = files.map(({ key, bytes: { byteLength } }, index) => {
    const start = end
    end += byteLength
    return { index, key, status: 200, headers: {}, ms: 0, start, end }
  })
  const written = new Promise<Written[]>((resolve) => {
    writer.onMessage = (message) => message.type === 'wrote' && resolve(message.pages)
  })
  writer.send({ type: 'batch', pages, bytes })
  return Promise.race([written, writer.failed])
}
