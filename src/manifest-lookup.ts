import { type FileHandle, open } from 'node:fs/promises'
import { compareKeys } from './keys.ts'
import { type ManifestFile, assertFile, parseLine } from './manifest-line.ts'

/** Bytes that one read takes: most lines are shorter. */
const readSize = 4096

/**
 * Finds files in a manifest by their keys without reading all of it: its lines are sorted.
 * @param path The manifest; errors name it
 * @param copy What is read
 * @returns By key, the files that are in it
 * @throws {DistillError} `MANIFEST_INVALID` for a line that it comes across
 */
export async function findFiles(
  path: string,
  copy: string,
  keys: Iterable<string>,
): Promise<Map<string, ManifestFile>> {
  const found = new Map<string, ManifestFile>()
  const file = await open(copy)
  try {
    const { size } = await file.stat()
    const first = await lineEnd(file, 0, size)
    for (const key of keys) {
      const line = await findLine({ file, path }, first, size, key)
      if (line) found.set(key, line)
    }
  } finally {
    await file.close()
  }
  return found
}

/** Halves the lines from `first` to `end`, which both are at the start of a line or at the end of the file. */
async function findLine(
  { file, path }: { file: FileHandle; path: string },
  first: number,
  end: number,
  key: string,
): Promise<ManifestFile | undefined> {
  while (first < end) {
    const start = await lineStart(file, Math.floor((first + end) / 2), first)
    const next = await lineEnd(file, start, end)
    const line = parseLine((await read(file, start, next)).toString(), path)
    assertFile(line, path, 'a line')
    const order = compareKeys(line.key, key)
    if (order === 0) return line
    if (order < 0) first = next
    else end = start
  }
  return undefined
}

/** Where the line begins that has the byte `at`. */
async function lineStart(file: FileHandle, at: number, first: number): Promise<number> {
  for (let end = at; end > first; end -= readSize) {
    const start = Math.max(first, end - readSize)
    const newline = (await read(file, start, end)).lastIndexOf(10)
    if (newline !== -1) return start + newline + 1
  }
  return first
}

/** Where the line ends that begins at `start`, its line break included. */
async function lineEnd(file: FileHandle, start: number, end: number): Promise<number> {
  for (let at = start; at < end; at += readSize) {
    const newline = (await read(file, at, Math.min(at + readSize, end))).indexOf(10)
    if (newline !== -1) return at + newline + 1
  }
  return end
}

async function read(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(end - start), 0, end - start, start)
  return buffer.subarray(0, bytesRead)
}
