import type { FromWorker, Rendered } from '../messages.ts'
import { addTraits } from './page-meta.ts'

/** Pages that go to the writer together: posting each alone costs more than rendering a small one. */
const mostPages = 64
/** Milliseconds after which a page does not wait for others. */
const longestWait = 20
/** Bytes that go to the writer together, and the most of one body that is held whole. */
export const mostBytes = 1 << 20

type Post = (message: FromWorker, bytes?: Uint8Array<ArrayBuffer>) => void

/** Collects rendered pages and hands them on, many at a time. */
export class Batcher {
  readonly #post: Post
  readonly #traits: boolean
  #pages: Rendered[] = []
  #ends: number[] = []
  #bytes = Buffer.alloc(0)
  #size = 0
  #flushed = 0

  /** @param options.traits Whether bodies are read for their traits; not if they are yet to be changed. */
  constructor(post: Post, { traits }: { traits: boolean }) {
    this.#post = post
    this.#traits = traits
  }

  /** Takes a copy of the body, which may be a view of memory that the app or Node goes on using. */
  add(page: Rendered, body: string | Uint8Array): void {
    const size = Buffer.byteLength(body)
    if (this.#size + size > this.#bytes.byteLength) {
      this.flush()
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, mostBytes))
    }
    const start = this.#size
    if (typeof body === 'string') this.#bytes.write(body, start)
    else this.#bytes.set(body, start)
    this.#size += size
    if (this.#traits) addTraits(page, this.#bytes.subarray(start, this.#size))
    this.#pages.push(page)
    this.#ends.push(this.#size)
    const full = this.#pages.length >= mostPages || this.#size >= mostBytes
    if (full || performance.now() - this.#flushed > longestWait) this.flush()
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
