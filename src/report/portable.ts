import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What may stand before a path in a sentence, in code or in a stack. */
const before = String.raw`(?<![\w./\\-])`

/**
 * Makes a function that takes what belongs to this machine out of a text: paths are made relative to the app's folder,
 * those of the folders above it too, and the home folder is `~`.
 * @param redact Takes secrets out
 */
export function portable(root: string, redact: (text: string) => string): (text: string) => string {
  const names = new Map<string, string>()
  for (let [dir, name] = [root, '']; isOwnFolder(dir); [dir, name] = [dirname(dir), `../${name}`])
    names.set(dir, name)
  const home = homedir()
  if (dirname(home) !== home && !names.has(home)) names.set(home, '~/')

  const found = new Map<string, string>()
  for (const [dir, name] of names) {
    found.set(`${pathToFileURL(dir).href}/`, name)
    found.set(`${dir}/`, name)
    if (dir.includes('\\')) found.set(`${dir}\\`, name)
  }
  const texts = [...found.keys()].sort((a, b) => b.length - a.length)
  if (texts.length === 0) return redact
  // The folder itself, without a slash after it, ends where no longer name goes on.
  const folders = [...names.keys()].sort((a, b) => b.length - a.length)
  const paths = new RegExp(`${before}(?:${texts.map(escaped).join('|')})`, 'g')
  const alone = new RegExp(`${before}(?:${folders.map(escaped).join('|')})(?![\\w./\\\\-])`, 'g')
  const nameOf = (dir: string) => names.get(dir)!.replace(/\/$/, '') || '.'
  return (text) => redact(text.replace(alone, nameOf).replace(paths, (path) => found.get(path)!))
}

/** Whether a folder tells of the machine. `/app` or `/home` does not, and may be the start of a URL's path. */
const isOwnFolder = (dir: string) => dirname(dirname(dir)) !== dirname(dir)

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
