import { randomUUID } from 'node:crypto'
import { type Stats, existsSync } from 'node:fs'
import { lstat, mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DistillError } from '../../errors.ts'
import { type ManifestFile, readHeader } from '../../manifest.ts'
import { Journal, type JournalLine, appendLine, journalFile } from '../../manifest-journal.ts'
import { findFiles } from '../../manifest-lookup.ts'
import { foldKey } from '../collisions.ts'

/**
 * One page is written into a finished site while servers and builds may do the same. The temporary file beside the
 * site is there from before the first look at the site until the page and its line in the journal are written. A build
 * makes its staging folder and then waits until no such file is left; who finds the folder writes nothing. So a build
 * never reads a site that is being written to. Two writers of one page agree by the journal: the last line is right.
 */
const temporaryFile = (outDir: string) => `${outDir}.${randomUUID()}.tmp`
const temporaryName = /^[0-9a-f-]{36}\.tmp$/

/** Milliseconds after which a temporary file is what a process left that died. */
const abandonedAfter = 10_000

/** A page to write: its line in the manifest and its content; its key alone to remove it. */
export interface PageWrite {
  key: string
  /** Whether a file of the manifest is the same page. Any other file with the key is not overwritten. */
  isSame: (file: ManifestFile) => boolean
  file?: ManifestFile | undefined
  bytes?: Uint8Array | undefined
}

/** The site that one `createdAt` stands for, and what was written into it since. */
export interface OpenSite {
  outDir: string
  manifestFile: string
  journal: Journal
}

/**
 * Writes or removes a page, and appends it to the journal.
 * @returns Whether the file changed; `undefined` where another process wrote the same page at the same moment, so that
 *   one of the two contents is out of date: render the page again
 * @throws {DistillError} `BUILD_BUSY`, `COLLISION`, `FILES_UNMANAGED` or `PATH_UNSAFE`; nothing was written then
 */
export async function writePage(site: OpenSite, page: PageWrite): Promise<boolean | undefined> {
  const { outDir, manifestFile, journal } = site
  const { key, file, bytes } = page
  const path = join(outDir, key)
  const temporary = temporaryFile(outDir)
  const append = (line: Pick<JournalLine, 'file' | 'removed'>) =>
    appendLine(journalFile(manifestFile), {
      manifest: journal.manifest,
      at: new Date().toISOString(),
      ...line,
    })
  try {
    await writeFile(temporary, bytes ?? '')
    await refuseDuringBuild(site)
    const before = await findFile(site, key)
    if (!file && !before) return false
    await refuseOther(outDir, page, before)
    const isSame = file !== undefined && (await hasContent(path, bytes!))
    if (isSame && before && isEqual(before, file)) return false

    append(file ? { file } : { removed: key })
    try {
      if (!file) await remove(outDir, key)
      else if (!isSame) await replace(path, temporary)
    } catch (error) {
      append(before ? { file: before } : { removed: key })
      throw error
    }
    const last = journal.read().files.get(key) ?? undefined
    return isEqual(last, file) ? !isSame : undefined
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Waits until no page is being written. Nothing more is written then, as long as the staging folder is there. */
export async function pagesWritten(outDir: string): Promise<void> {
  const folder = dirname(outDir)
  const prefix = `${basename(outDir)}.`
  const began = Date.now()
  const isAbandoned = ({ mtimeMs }: Stats) => Date.now() - Math.min(mtimeMs, began) > abandonedAfter
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !temporaryName.test(name.slice(prefix.length))) continue
    const path = join(folder, name)
    for (let found = await statOf(path); found && !isAbandoned(found); found = await statOf(path))
      await setTimeout(10)
    await rm(path, { force: true })
  }
}

async function refuseDuringBuild({ outDir, manifestFile, journal }: OpenSite): Promise<void> {
  if (existsSync(`${outDir}.staging`)) {
    throw new DistillError('BUILD_BUSY', `a build is distilling into \`${outDir}\`, or was interrupted`, {
      hint: 'Try again when the build is done. If none runs, run `vite build` again.',
    })
  }
  if ((await readHeader(manifestFile)).createdAt === journal.manifest) return
  throw new DistillError('BUILD_BUSY', `a build has just replaced the site in \`${outDir}\``, {
    hint: 'Try again.',
  })
}

async function findFile({ manifestFile, journal }: OpenSite, key: string): Promise<ManifestFile | undefined> {
  const written = journal.read().files.get(key)
  if (written !== undefined) return written ?? undefined
  return (await findFiles(manifestFile, manifestFile, [key])).get(key)
}

/** Refuses to write over anything but the page itself, and through a symbolic link. */
async function refuseOther(
  outDir: string,
  { key, isSame }: PageWrite,
  before: ManifestFile | undefined,
): Promise<void> {
  if (before && !isSame(before)) {
    const what = before.route === undefined ? `${before.kind} \`${before.url}\`` : `route \`${before.route}\``
    throw collision(`\`${key}\` is already written by ${what}`)
  }
  const names = key.split('/')
  for (const [i, name] of names.entries()) {
    const folder = names.slice(0, i).join('/')
    const path = names.slice(0, i + 1).join('/')
    if (!before) await refuseFolded(outDir, folder, name)
    const found = await statOf(join(outDir, path))
    if (!found) return
    const isLast = i === names.length - 1
    if (isLast && found.isDirectory()) throw collision(`\`${key}\` would be a file, and is a folder`)
    if (isLast && !before) throw unmanaged(outDir, key)
    if (isLast || found.isDirectory()) continue
    if (!found.isSymbolicLink()) throw collision(`\`${key}\` needs a folder where \`${path}\` is a file`)
    throw new DistillError(
      'PATH_UNSAFE',
      `\`${key}\` would be written through the symbolic link \`${join(outDir, path)}\``,
      { hint: 'Replace the link by a folder.' },
    )
  }
}

/** Refuses a name that is another one only where case and Unicode form count. */
async function refuseFolded(outDir: string, folder: string, name: string): Promise<void> {
  const names = await readdir(join(outDir, folder)).catch(() => [])
  const folded = foldKey(name)
  const other = names.find((existing) => existing !== name && foldKey(existing) === folded)
  if (other === undefined) return
  throw collision(
    `\`${join(folder, name)}\` and \`${join(folder, other)}\` are one file where case or Unicode form does not count, as on macOS and Windows`,
  )
}

const collision = (message: string) =>
  new DistillError('COLLISION', message, {
    hint: 'Give one of the two another URL, or another file with `distillFile`.',
  })

const unmanaged = (outDir: string, key: string) =>
  new DistillError(
    'FILES_UNMANAGED',
    `\`${outDir}\` holds \`${key}\`, which vite-distill did not write and would have to overwrite`,
    { hint: 'Move the file away if it is not needed there.' },
  )

const statOf = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined)

async function hasContent(path: string, bytes: Uint8Array): Promise<boolean> {
  const found = await statOf(path)
  if (!found?.isFile() || found.size !== bytes.byteLength) return false
  return Buffer.compare(await readFile(path), bytes) === 0
}

/** A reader of the site finds the old file or the new one. */
async function replace(path: string, temporary: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rename(temporary, path)
}

/** Removes a file and the folders that it leaves empty. */
async function remove(outDir: string, key: string): Promise<void> {
  await rm(join(outDir, key), { force: true })
  for (let folder = dirname(key); folder !== '.'; folder = dirname(folder)) {
    try {
      await rmdir(join(outDir, folder))
    } catch {
      return
    }
  }
}

const isEqual = (a: ManifestFile | undefined, b: ManifestFile | undefined) =>
  JSON.stringify(a) === JSON.stringify(b)
