import { Worker } from 'node:worker_threads'
import type { FromWriter, ToWriter } from './messages.ts'
import { fromThrown } from './thrown.ts'
import type { WriterConfig } from './writer.ts'

/** The writing thread, seen from the main one. */
export class WriterThread {
  /** Rejects when something could not be written; otherwise never settles. */
  readonly failed: Promise<never>
  onMessage: (message: Exclude<FromWriter, { type: 'failed' }>) => void = () => {}
  readonly #worker: Worker

  constructor(workerData: WriterConfig) {
    this.#worker = new Worker(new URL('./writer.js', import.meta.url), { workerData })
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
