import { lookup } from 'mrmime'
import { ownKeys, unsafeKey } from '../keys.ts'
import type { Layout } from '../options.ts'

/**
 * The file of a page, from the path of its URL: decoded, and completed as `layout` says.
 * Throws an `Error` that says why the path cannot be a file.
 */
export function fileOf(pathname: string, layout: Layout): string {
  const path = decodePath(pathname)
  if (path.endsWith('/')) return `${path}index.html`.slice(1)
  const file = path.slice(1)
  // Only a known type counts as an extension: `/posts/v1.2` is a page without one.
  if (
    lookup(file.slice(file.lastIndexOf('/') + 1).replace(/^\.+/, '')) !== undefined &&
    /[^/]\.\w+$/.test(file)
  )
    return file
  return { directory: `${file}/index.html`, file: `${file}.html`, exact: file }[layout]
}

function decodePath(pathname: string): string {
  if (/%2f|%5c/i.test(pathname)) throw new Error('an encoded slash cannot be part of a file name')
  try {
    return decodeURIComponent(pathname)
  } catch {
    throw new Error('it is not valid percent-encoding')
  }
}

/** Fills `{name}` and `{0}` in a `distillFile` template with the params, decoded. */
export function fillFile(template: string, params: Readonly<Record<string, string>>): string {
  const values = Object.values(params)
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const own = Object.hasOwn(params, name) ? params[name] : undefined
    const value = own ?? (/^\d+$/.test(name) ? values[Number(name)] : undefined)
    if (value === undefined)
      throw new Error(`\`distillFile\` names \`{${name}}\`, and the page has no such param`)
    return value
  })
}

/** Names that Windows reserves for devices, with any extension. */
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

/** Throws an `Error` unless every file system and every storage can hold a file of this name. */
export function checkFile(file: string): void {
  if (Buffer.byteLength(file) > 1024)
    throw new Error('it is longer than 1,024 bytes, the most that storages take')
  // eslint-disable-next-line no-control-regex -- the test is for them
  if (/[\0-\x1f\x7f]/.test(file)) throw new Error('it has a control character')
  if (/\p{Surrogate}/u.test(file)) throw new Error('it has half of a character (a lone surrogate)')
  const unsafe = unsafeKey(file)
  if (unsafe) throw new Error(unsafe)
  if (file.startsWith(ownKeys)) throw new Error(`\`${ownKeys}\` in a target is vite-distill's own`)
  for (const segment of file.split('/')) {
    if (Buffer.byteLength(segment) > 255)
      throw new Error(
        `\`${segment.slice(0, 40)}…\` is longer than 255 bytes, the most that file systems take`,
      )
    if (reserved.test(segment) || /[:*?"<>|]|[. ]$/.test(segment))
      throw new Error(`Windows cannot have a file called \`${segment}\``)
  }
}
