import type { Batch, FromWorker, Rendered } from './messages.ts'
import { addTraits } from './traits.ts'

/** Pages that go to the writer together: posting each alone costs more than rendering a small one. */
const mostPages = 64
/** Bytes that go to the writer together, and the most of one body that is held whole. */
export const mostBytes = 1 << 20

type Post = (message: FromWorker, bytes?: Uint8Array<ArrayBuffer>) => void

/** Collects rendered pages and hands them on, many at a time. */
export class Batcher {
  readonly #post: Post
  readonly #traits: boolean
  #pages: Rendered[] = []
  #bodies: Uint8Array[] = []
  #size = 0

  /** @param options.traits Whether bodies are read for their traits; not if they are yet to be changed. */
  constructor(post: Post, { traits }: { traits: boolean }) {
    this.#post = post
    this.#traits = traits
  }

  add(page: Rendered, body: Uint8Array): void {
    if (this.#traits) addTraits(page, body)
    this.#pages.push(page)
    this.#bodies.push(body)
    this.#size += body.byteLength
    if (this.#pages.length >= mostPages || this.#size >= mostBytes) this.flush()
  }

  flush(): void {
    if (this.#pages.length === 0) return
    // Copied, for a body may be a view of memory that the app or Node goes on using.
    const bytes = new Uint8Array(this.#size)
    let end = 0
    const pages: Batch['pages'] = this.#pages.map((page, i) => {
      const start = end
      bytes.set(this.#bodies[i]!, start)
      end += this.#bodies[i]!.byteLength
      return { ...page, start, end }
    })
    this.#post({ type: 'batch', pages, bytes }, bytes)
    this.#pages = []
    this.#bodies = []
    this.#size = 0
  }
}
