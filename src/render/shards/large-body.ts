import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, rmSync, writeFileSync } from 'node:fs'
import { writing } from '../../staging/write-failed.ts'
import type { Content } from '../messages.ts'

/** A body that comes in parts, in a file of its own: an entry of a tar begins with its size. */
export class LargeBody {
  readonly #path: string
  readonly #file: number
  readonly #md5 = createHash('md5')
  readonly #sha256 = createHash('sha256')
  #size = 0

  constructor(path: string) {
    this.#path = path
    this.#file = writing(path, () => openSync(path, 'w'))
  }

  add(bytes: Uint8Array): void {
    writing(this.#path, () => writeFileSync(this.#file, bytes))
    this.#md5.update(bytes)
    this.#sha256.update(bytes)
    this.#size += bytes.byteLength
  }

  /** Call it once all of it is there. */
  content(): Content {
    return { size: this.#size, md5: this.#md5.digest('hex'), sha256: this.#sha256.digest('hex') }
  }

  read(): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path)
  }

  remove(): void {
    closeSync(this.#file)
    rmSync(this.#path)
  }
}
