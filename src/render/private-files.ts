import { lookup } from 'mrmime'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { DistillError, listProblems } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublicFile } from '../public-files.ts'

/** Names of files and folders that are never part of a site, in lower case. */
const privateNames: readonly [RegExp, string][] = [
  [/^\.env(?:rc$|(?![a-z]))/, 'environment variables'],
  [/^\.(?:git|hg|svn)$/, 'the history of the sources'],
  [/^\.htpasswd$/, 'passwords of a web server'],
  [/^(?:\.npmrc|\.netrc|\.pgpass|\.ssh|\.aws)$/, 'credentials'],
  [/^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$|\.(?:p12|pfx|ppk|jks|keystore|kdbx)$/, 'a private key'],
]

/** A PEM or PGP header with a key after it, also as a string of JSON: a text that only names the header has none. */
const privateKey =
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[rn]|[\w-]+: [^\n]*\n)+[\w+/=]{32}/

/** The longest file that is searched for a private key, in bytes. */
const keyFileSize = 1 << 16

/**
 * Refuses files that visitors must not get.
 * @param server File of the built server entry
 * @throws {DistillError} `FILE_PRIVATE`, with all of them
 */
export function refusePrivateFiles(
  files: readonly PublicFile[],
  server: string,
  { entry, root }: Pick<ResolvedOptions, 'entry' | 'root'>,
): void {
  const isServer = serverTest(server, entry, root)
  const found = new Map<string, string>()
  for (const { key, from } of files) {
    const named = privateName(key)
    if (named) found.set(...named)
    else if (hasPrivateKey(key, from)) found.set(key, 'a private key')
    else if (isServer(key, from)) found.set(key, "the server's code")
  }
  if (found.size === 0) return
  const problems = [...found].map(([path, what]) => `\`${path}\`: ${what}`)
  throw new DistillError('FILE_PRIVATE', listProblems('these files would be published:', problems), {
    hint: 'Move them out of `public/` and out of the output of the client build, or leave out their folder with `assets.skipDirs`.',
  })
}

/** The first file or folder of a key that has a private name, with what it is. */
function privateName(key: string): [string, string] | undefined {
  const segments = key.split('/')
  for (const [i, segment] of segments.entries()) {
    const rule = privateNames.find(([name]) => name.test(segment.toLowerCase()))
    if (rule) return [segments.slice(0, i + 1).join('/'), rule[1]]
  }
  return undefined
}

function hasPrivateKey(key: string, from: string): boolean {
  const { size } = statSync(from)
  if (size === 0 || size > keyFileSize || /^(?:image|audio|video|font)\//.test(lookup(key) ?? ''))
    return false
  return privateKey.test(readFileSync(from, 'latin1'))
}

/**
 * Tests for the server's bundle, its source map and the source of the server entry, also as copies, and for source
 * maps of the server entry.
 */
function serverTest(
  server: string,
  entry: string | undefined,
  root: string,
): (key: string, from: string) => boolean {
  const files = [server, `${server}.map`, ...(entry === undefined ? [] : [entry])].filter((file) =>
    existsSync(file),
  )
  const contents = files.map((file) => readFileSync(file)).filter(({ length }) => length > 0)
  const source = entry === undefined ? undefined : relative(root, entry).replaceAll('\\', '/')
  return (key, from) => {
    if (from === server) return true
    const { size } = statSync(from)
    if (contents.some((content) => content.length === size && content.equals(readFileSync(from)))) return true
    return source !== undefined && key.endsWith('.map') && sourcesOf(from).includes(source)
  }
}

/** The sources of a source map, without the `../` that leads to them. */
function sourcesOf(map: string): string[] {
  try {
    const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] }
    return sources.map((path) => path.replace(/^(?:\.\.?\/)+/, ''))
  } catch {
    // Not a source map.
    return []
  }
}
