import { immutable } from '../../cache-control.ts'
import { isHtmlType } from '../../content-type.ts'
import { DistillError } from '../../errors.ts'
import type { ManifestFile } from '../../manifest.ts'
import { hasOwnType } from './content-types.ts'

export type Headers = Readonly<Record<string, string>>

/** Headers of a file, or of every file in a folder. */
export interface HeaderRule {
  /** A key; that of a folder ends with `/`, and that of the whole site is empty. */
  path: string
  headers: Headers
}

/** What a host cannot send with every file because a page has it. */
const ofOneFile = new Set(['content-type', 'cache-control', 'content-disposition'])

/**
 * The headers that all HTML pages of the app have with the same value, such as a `Content-Security-Policy`. Hosts send
 * them with every file: one rule instead of one for each page.
 */
export function sharedHeaders(files: Iterable<ManifestFile>): Headers {
  let shared: Map<string, string> | undefined
  for (const { kind, route, status, headers } of files) {
    if (kind !== 'page' || route === undefined || status !== 200 || !isHtmlType(headers['content-type']))
      continue
    if (shared) {
      for (const [name, value] of shared) if (headers[name] !== value) shared.delete(name)
    } else shared = new Map(Object.entries(headers).filter(([name]) => !ofOneFile.has(name)))
  }
  return Object.fromEntries([...(shared ?? [])].sort())
}

interface Folder {
  prefix: string
  /** Where its rules begin. */
  first: number
  files: number
  /** The headers of all its files so far, as text; undefined once two files differ. */
  text: string | undefined
}

/**
 * A rule for each file that needs headers, or one for a folder whose files all need the same. No file has two rules.
 * @param files Sorted by key
 * @param headersOf What a file needs besides the headers of every file
 */
export function headerRules(
  files: Iterable<ManifestFile>,
  headersOf: (file: ManifestFile) => Headers,
): HeaderRule[] {
  const rules: HeaderRule[] = []
  const open: Folder[] = [{ prefix: '', first: 0, files: 0, text: undefined }]
  const count = (folder: Folder, files: number, text: string | undefined) => {
    folder.text = folder.files === 0 || folder.text === text ? text : undefined
    folder.files += files
  }
  const close = ({ prefix, first, files, text }: Folder) => {
    if (files > 1 && text !== undefined && text !== none)
      rules.splice(first, Infinity, { path: prefix, headers: JSON.parse(text) as Headers })
  }
  for (const file of files) {
    // A redirect has no body, and no headers of its own.
    if (file.kind === 'redirect') continue
    for (let last = open.at(-1)!; !file.key.startsWith(last.prefix); last = open.at(-1)!) {
      open.pop()
      close(last)
      count(open.at(-1)!, last.files, last.text)
    }
    const { prefix } = open.at(-1)!
    for (
      let slash = file.key.indexOf('/', prefix.length);
      slash > 0;
      slash = file.key.indexOf('/', slash + 1)
    )
      open.push({ prefix: file.key.slice(0, slash + 1), first: rules.length, files: 0, text: undefined })
    const headers = headersOf(file)
    const text = JSON.stringify(headers, Object.keys(headers).sort())
    count(open.at(-1)!, 1, text)
    if (text !== none) rules.push({ path: file.key, headers: JSON.parse(text) as Headers })
  }
  while (open.length > 0) {
    const last = open.pop()!
    close(last)
    if (open.length > 0) count(open.at(-1)!, last.files, last.text)
  }
  return rules
}

const none = '{}'

/**
 * Checks what would break the format of a host's file: `transform` can set any header.
 * @throws {DistillError} `HOST_FILE_INVALID`
 */
export function checkHeaders({ url, headers }: ManifestFile): void {
  for (const [name, value] of Object.entries(headers)) {
    const wrong = !/^[\w!#$%&'*+.^`|~-]+$/.test(name)
      ? 'a name that no header can have'
      : // oxlint-disable-next-line no-control-regex
        /[\u0000-\b\n-\u001f\u007f]/.test(value)
        ? 'a line break or another control character in its value'
        : undefined
    if (wrong === undefined) continue
    throw new DistillError(
      'HOST_FILE_INVALID',
      `page \`${url}\` has the header \`${JSON.stringify(name).slice(1, -1)}\` with ${wrong}`,
      { hint: 'Correct it in the app, or in `transform`.' },
    )
  }
}

/**
 * What a host has to be told of a file: the manifest's headers, without the content type where the extension says it.
 * Without a word, hosts let browsers ask each time whether a file changed.
 */
export function headersByHost(file: ManifestFile): Headers {
  const { 'content-type': type, ...headers } = file.headers
  return {
    ...(file.hashed ? { 'cache-control': immutable } : {}),
    ...headers,
    ...(hasOwnType(file) ? { 'content-type': type! } : {}),
  }
}

/** `headers` without those that have the same value in `others`. */
export const without = (headers: Headers, others: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => others[name] !== value))
