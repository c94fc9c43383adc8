import type { FromWorker, Rendered } from '../messages.ts'
import { addPageMeta } from './page-meta.ts'

/** Pages of a full batch: posting each page alone costs more than rendering a small one. */
const maxPages = 64
/** Milliseconds after which a batch goes out with the pages that it has. */
const maxWait = 20
/** Bytes of a full batch, and the size above which a body goes out in parts. */
export const maxBytes = 1 << 20

type Post = (message: FromWorker, bytes?: Uint8Array<ArrayBuffer>) => void

/** Collects rendered pages and posts them in batches. */
export class Batcher {
  readonly #post: Post
  readonly #readMeta: boolean
  #pages: Rendered[] = []
  #ends: number[] = []
  #bytes = Buffer.alloc(0)
  #size = 0
  #flushed = 0

  /** @param options.readMeta Whether to add page metadata. It is added later if a later step changes the bodies. */
  constructor(post: Post, { readMeta }: { readMeta: boolean }) {
    this.#post = post
    this.#readMeta = readMeta
  }

  /** Copies the body: it may be a view of memory that the app or Node uses again. */
  add(page: Rendered, body: string | Uint8Array): void {
    const size = Buffer.byteLength(body)
    if (this.#size + size > this.#bytes.byteLength) {
      this.flush()
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, maxBytes))
    }
    const start = this.#size
    if (typeof body === 'string') this.#bytes.write(body, start)
    else this.#bytes.set(body, start)
    this.#size += size
    if (this.#readMeta) addPageMeta(page, this.#bytes.subarray(start, this.#size))
    this.#pages.push(page)
    this.#ends.push(this.#size)
    const full = this.#pages.length >= maxPages || this.#size >= maxBytes
    if (full || performance.now() - this.#flushed > maxWait) this.flush()
  }

  flush(): void {
    if (this.#pages.length === 0) return
    const bytes = this.#bytes
    this.#post({ type: 'batch', pages: this.#pages, ends: this.#ends, bytes }, bytes)
    this.#pages = []
    this.#ends = []
    this.#bytes = Buffer.alloc(0)
    this.#size = 0
    this.#flushed = performance.now()
  }
}
