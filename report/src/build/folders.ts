import type { ReportFile } from '../../../src/report/data.ts'

/** A folder of the site, or a part of a folder that has too many things in it for a map. */
export interface Folder {
  /** Its path with `/` at its end; that of the site is empty. */
  path: string
  /** What the keys of its files begin with: its path, or that of the folder that it is a part of. */
  base: string
  /** Bytes, and how many files, of all that is below it. */
  size: number
  count: number
  /** Bytes of its pages. */
  pages: number
  folders: Map<string, Folder>
  files: ReportFile[]
  /** Its parts, by name, once they were asked for. */
  parts?: Map<string, Folder>
}

/** What is in a folder: a file, a folder, or all that is too small to show. */
export interface Entry {
  /** Relative to the folder. */
  name: string
  size: number
  count: number
  folder?: Folder
  file?: ReportFile
}

/** Things in a folder that a map can show. */
const most = 400
/** The parts of a folder that has more. */
const parts = 64

const emptyFolder = (path: string, base = path): Folder => ({
  path,
  base,
  size: 0,
  count: 0,
  pages: 0,
  folders: new Map(),
  files: [],
})

export function createFolders(files: readonly ReportFile[]): Folder {
  const root = emptyFolder('')
  for (const file of files) {
    let folder = root
    const names = file.key.split('/')
    names.pop()
    add(folder, file)
    for (const name of names) {
      let next = folder.folders.get(name)
      if (!next) folder.folders.set(name, (next = emptyFolder(`${folder.path}${name}/`)))
      add(next, file)
      folder = next
    }
    folder.files.push(file)
  }
  return root
}

function add(folder: Folder, { size, kind }: ReportFile): void {
  folder.size += size
  folder.count++
  if (kind === 'page') folder.pages += size
}

/** The folder of a path; the last one that exists, if it does not. */
export function folderAt(root: Folder, path: string): Folder {
  let folder = root
  for (const name of path.split('/').filter(Boolean)) {
    const next = folder.folders.get(name) ?? partsOf(folder).get(name)
    if (!next) return folder
    folder = next
  }
  return folder
}

/** The folders from the site down to this one. */
export function trailOf(root: Folder, { path }: Folder): Folder[] {
  const names = path.split('/').filter(Boolean)
  return [root, ...names.map((_, index) => folderAt(root, names.slice(0, index + 1).join('/')))]
}

/** What a folder holds, the largest first. A folder with one thing in it is that thing: `first/index.html`. */
export function entriesOf(folder: Folder): Entry[] {
  const entries: Entry[] = folder.files.map((file) => fileEntry(folder, file))
  for (const child of folder.folders.values()) entries.push(shorten(folder, child))
  return bySize(entries)
}

/** What a map shows of a folder: the largest entries, and one for all others, those that are too small. */
export function largestOf(folder: Folder, limit: number, smallest: number): Entry[] {
  const entries = isLarge(folder) ? partEntries(folder) : entriesOf(folder)
  const tooSmall = entries.findIndex(({ size }) => size < smallest)
  const shown = Math.min(tooSmall === -1 ? entries.length : tooSmall, limit)
  const rest = entries.slice(shown)
  if (rest.length <= 1) return entries
  const count = rest.reduce((sum, { count }) => sum + count, 0)
  const size = rest.reduce((sum, { size }) => sum + size, 0)
  return [...entries.slice(0, shown), { name: '', size, count }]
}

const bySize = (entries: Entry[]) => entries.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))

const isLarge = ({ files, folders }: Folder) => files.length + folders.size > most

const partEntries = (folder: Folder) =>
  bySize(
    [...partsOf(folder)].map(([name, part]) => ({ name, size: part.size, count: part.count, folder: part })),
  )

/** A large folder as parts of neighbours by name: `a–f`. Each is a folder too, and may have parts itself. */
function partsOf(folder: Folder): Map<string, Folder> {
  if (folder.parts || !isLarge(folder)) return (folder.parts ??= new Map())
  const named = [
    ...folder.files.map((file) => ({ name: file.key.slice(folder.base.length), file })),
    ...Array.from(folder.folders, ([name, child]) => ({ name, child })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
  folder.parts = new Map()
  const length = Math.ceil(named.length / parts)
  for (let from = 0; from < named.length; from += length) {
    const some = named.slice(from, from + length)
    const name = `${some[0]!.name}–${some.at(-1)!.name}`
    const part = emptyFolder(`${folder.path}${name}/`, folder.base)
    for (const item of some) {
      if ('file' in item) {
        add(part, item.file)
        part.files.push(item.file)
      } else {
        part.size += item.child.size
        part.count += item.child.count
        part.pages += item.child.pages
        part.folders.set(item.name, item.child)
      }
    }
    folder.parts.set(name, part)
  }
  return folder.parts
}

const fileEntry = (folder: Folder, file: ReportFile): Entry => ({
  name: file.key.slice(folder.base.length),
  size: file.size,
  count: 1,
  file,
})

function shorten(parent: Folder, child: Folder): Entry {
  let folder = child
  while (folder.files.length === 0 && folder.folders.size === 1) folder = [...folder.folders.values()][0]!
  if (folder.count === 1) return fileEntry(parent, folder.files[0]!)
  return { name: folder.path.slice(parent.base.length), size: folder.size, count: folder.count, folder }
}
