import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Answer } from './ask.ts'

/** Milliseconds that an answer counts: a day. */
const lifetime = 24 * 60 * 60 * 1000

/** A good answer, and when it came. Others are asked again each time: what they lack may be mended by then. */
const remembered = v.object({ at: v.number(), status: v.number(), location: v.optional(v.string()) })
const fileSchema = v.object({ version: v.literal(1), answers: v.record(v.string(), remembered) })

type Remembered = v.InferOutput<typeof remembered>

/** The answers of the last day, in `<outDir>.external.json`. */
export class AnswerCache {
  readonly #path: string
  readonly #now: number
  readonly #answers: Map<string, Remembered>

  /** Reads the file. What is damaged, old or from the future does not count. */
  constructor(path: string) {
    this.#path = path
    this.#now = Date.now()
    const all = Object.entries(read(path)).filter(
      ([, { at }]) => at <= this.#now && this.#now - at < lifetime,
    )
    this.#answers = new Map(all)
  }

  get(address: string): Answer | undefined {
    return this.#answers.get(address)
  }

  add(address: string, { status, location }: Answer): void {
    if (status === undefined || status >= 400) return
    this.#answers.set(address, { at: this.#now, status, location })
  }

  /** Without it, the next check asks again: a file that cannot be written is no failure. */
  write(): void {
    const file = { version: 1, answers: Object.fromEntries(this.#answers) }
    // Two commands may run at once.
    const staged = `${this.#path}.${process.pid}.tmp`
    try {
      writeFileSync(staged, `${JSON.stringify(file)}\n`)
      renameSync(staged, this.#path)
    } catch {
      rmSync(staged, { force: true })
    }
  }
}

function read(path: string): Record<string, Remembered> {
  try {
    return v.parse(fileSchema, JSON.parse(readFileSync(path, 'utf8'))).answers
  } catch {
    return {}
  }
}
