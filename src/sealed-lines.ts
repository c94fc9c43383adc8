import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { writing } from './staging/write-failed.ts'

/** Characters that are buffered before they are written. */
const bufferSize = 1 << 18

/** The last line. A file without a right one was cut short or edited. */
export interface Seal {
  /** Of all that is before this line. Hex. */
  sha256: string
}

/** Writes a file of lines, of which the last one is its {@link Seal}. */
export class SealedLines {
  readonly #path: string
  readonly #file: number
  readonly #hash = createHash('sha256')
  #buffered = ''
  #closed = false

  constructor(path: string) {
    this.#path = path
    this.#file = writing(path, () => openSync(path, 'w'))
  }

  /** @param line Without a line break */
  add(line: string): void {
    this.#buffered += `${line}\n`
    if (this.#buffered.length > bufferSize) this.#flush()
  }

  /**
   * Writes the last line. Does nothing once the file is closed.
   * @param facts What it says besides the checksum
   */
  seal(facts: Readonly<Record<string, string>> = {}): void {
    if (this.#closed) return
    this.#flush()
    const seal: Seal = { ...facts, sha256: this.#hash.digest('hex') }
    writing(this.#path, () => writeFileSync(this.#file, `${JSON.stringify(seal)}\n`))
    this.close()
  }

  /** Removes the file. */
  discard(): void {
    this.close()
    rmSync(this.#path)
  }

  /** Closes the file: Windows does not remove a file that is open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#file)
  }

  #flush(): void {
    writing(this.#path, () => writeFileSync(this.#file, this.#buffered))
    this.#hash.update(this.#buffered)
    this.#buffered = ''
  }
}

/** The most bytes of the last line. */
const sealBytes = 1024

/**
 * Reads the last line of a file, and compares its checksum with the rest.
 * @returns Undefined if the file was cut short or edited, or is a folder
 */
export async function readSeal(path: string): Promise<(Seal & Record<string, unknown>) | undefined> {
  const file = await open(path)
  try {
    const start = Math.max(0, (await file.stat()).size - sealBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sealBytes), 0, sealBytes, start)
    const at = buffer.lastIndexOf('\n', bytesRead - 2) + 1
    const seal = JSON.parse(buffer.toString('utf8', at, bytesRead)) as Seal & Record<string, unknown>
    return (await sha256Of(path, start + at)) === seal.sha256 ? seal : undefined
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR'
    if (isFolder || error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  } finally {
    await file.close()
  }
}

async function sha256Of(path: string, size: number): Promise<string> {
  const hash = createHash('sha256')
  if (size > 0)
    for await (const bytes of createReadStream(path, { end: size - 1 })) hash.update(bytes as Buffer)
  return hash.digest('hex')
}
