import { open, type FileHandle } from 'node:fs/promises'
import type { Source } from '../../backends/backend.ts'
import { DistillError, messageOf } from '../../errors.ts'
import { fill, readWhole, sha256, sha256OfHandle } from './digest.ts'
import { encode } from './encoding.ts'
import { partSize } from '../../backends/parts.ts'
import { sourceOf } from '../../backends/source.ts'
import type { DesiredObject } from './objects.ts'

/** How many bytes of memory an upload takes. A backend sends three parts at a time, and each is freed late. */
export const memoryFor = ({ size, encoding }: DesiredObject): number =>
  encoding ? 2 * size : size <= partSize ? size : 4 * partSize

/**
 * Calls `use` with the content to store, after checking that it is what the manifest lists.
 * @param path Where the content is read from
 * @throws {DistillError} `TRANSFER_FAILED` where it is not: other files may be uploaded already
 */
export async function withContent<T>(
  path: string,
  file: DesiredObject,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const unreadable = (error: unknown): never => {
    throw fileChanged(file, `cannot be read (${messageOf(error)})`)
  }
  const changed = () => fileChanged(file, 'has another content than the build wrote')
  if (file.size <= partSize || file.encoding !== undefined) {
    const source = await inMemory(await readWhole(path, file.size).catch(unreadable), file)
    if (!source) throw changed()
    return use(source)
  }
  const handle = await open(path).catch(unreadable)
  try {
    const source = await inParts(handle, file)
    if (!source) throw changed()
    return await use(source)
  } finally {
    await handle.close()
  }
}

const fileChanged = ({ key }: DesiredObject, how: string) =>
  new DistillError('TRANSFER_FAILED', `\`${key}\` ${how}`, {
    hint: 'Something else changes the site while it is published. Nothing was deleted. Run `vite build` again, then publish: it goes on with what is left to do.',
  })

async function inMemory(
  bytes: Uint8Array<ArrayBuffer>,
  { size, md5, encoding, ...file }: DesiredObject,
): Promise<Source | undefined> {
  if (sha256(bytes) !== file.sha256) return undefined
  if (encoding) return sourceOf(await encode(bytes, encoding))
  return { size, md5, read: async (start, end) => bytes.subarray(start, end) }
}

async function inParts(handle: FileHandle, file: DesiredObject): Promise<Source | undefined> {
  const { size, md5 } = file
  const before = await handle.stat()
  if ((await sha256OfHandle(handle)) !== file.sha256) return undefined
  return {
    size,
    md5,
    async read(start = 0, end = size) {
      const part = await fill(handle, new Uint8Array(end - start), start)
      // The whole file was hashed before: this finds a change since then.
      const { mtimeMs, size: current } = await handle.stat()
      if (mtimeMs !== before.mtimeMs || current !== before.size)
        throw fileChanged(file, 'changed while it was uploaded')
      return part
    },
  }
}
