import type { ReportFile } from '../../../src/report/data.ts'

/** A folder of the site. */
export interface Folder {
  /** Its path with `/` at its end; that of the site is empty. */
  path: string
  /** Bytes, and how many files, of all that is below it. */
  size: number
  count: number
  /** Bytes of its pages. */
  pages: number
  folders: Map<string, Folder>
  files: ReportFile[]
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

const emptyFolder = (path: string): Folder => ({
  path,
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
    const next = folder.folders.get(name)
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
  return entries.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))
}

/** The largest entries, and one for all others: those beyond a limit, and those that are too small. */
export function largestOf(folder: Folder, limit: number, smallest: number): Entry[] {
  const entries = entriesOf(folder)
  const tooSmall = entries.findIndex(({ size }) => size < smallest)
  const shown = Math.min(tooSmall === -1 ? entries.length : tooSmall, limit)
  const rest = entries.slice(shown)
  if (rest.length <= 1) return entries
  const count = rest.reduce((sum, { count }) => sum + count, 0)
  const size = rest.reduce((sum, { size }) => sum + size, 0)
  return [...entries.slice(0, shown), { name: '', size, count }]
}

const fileEntry = (folder: Folder, file: ReportFile): Entry => ({
  name: file.key.slice(folder.path.length),
  size: file.size,
  count: 1,
  file,
})

function shorten(parent: Folder, child: Folder): Entry {
  let folder = child
  while (folder.files.length === 0 && folder.folders.size === 1) folder = [...folder.folders.values()][0]!
  if (folder.count === 1) return fileEntry(parent, folder.files[0]!)
  return { name: folder.path.slice(parent.path.length), size: folder.size, count: folder.count, folder }
}
