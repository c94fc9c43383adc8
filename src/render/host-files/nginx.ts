import { revalidated } from '../../cache-control.ts'
import { contentTypeOf } from '../../content-type.ts'
import type { ManifestFile } from '../../manifest.ts'
import { DistillError } from '../../errors.ts'
import { compareKeys } from '../../keys.ts'
import { charsetOf, essenceOf } from './content-types.ts'
import { type Headers, headerRules, headersByHost, without } from './header-rules.ts'
import type { HostedSite } from './hosted-site.ts'
import { decodedBase, locationOf, pathsOf, redirectPaths } from './paths.ts'

/** What nginx sends with a file that has no rule. */
const usual: Headers = { 'cache-control': revalidated }

/** A configuration of nginx that serves the site as its manifest says: to be included in a `server` block. */
export function nginxConfig({ base, fallback, files, shared }: HostedSite): string {
  const root = decodedBase(base)
  const types = new Map<string, string>()
  const withCharset = new Set<string>()
  /** By what follows `location`, the lines of its block. */
  const blocks = new Map<string, readonly string[]>()
  let notFound = false
  for (const file of files()) {
    notFound ||= file.key === '404.html'
    addType(file, types, withCharset)
    if (!file.redirect) continue
    for (const path of redirectPaths(file.key))
      blocks.set(exactly(root + path), [`return ${file.redirect.status} ${quoted(locationOf(file))};`])
  }
  const last = fallback === undefined ? '=404' : value(root + fallback, 'fallback')
  const serve = `try_files $uri $uri.html $uri/ ${last};`
  const always = { ...usual, ...shared }
  const rules = headerRules(files(), (file) => without(headersByHost(file), always))
  const whole = rules[0]?.path === '' ? rules.shift()!.headers : {}
  const everywhere = { ...always, ...whole }
  const notFoundRule = rules.find(({ path }) => path === '404.html')
  if (notFound && !notFoundRule) rules.push({ path: '404.html', headers: {} })
  for (const { path, headers } of [{ path: '', headers: {} }, ...rules]) {
    const { 'content-type': type, ...others } = { ...everywhere, ...headers }
    const lines = [...typeLines(type), ...headerLines(others, path, path === '404.html' ? ' always' : '')]
    if (path === '' || path.endsWith('/')) blocks.set(quoted(root + path), [serve, ...lines])
    else if (!blocks.has(exactly(root + path))) {
      blocks.set(exactly(root + path), lines)
      // nginx serves a folder's `index.html` by a second look for a location; `$uri.html` without one.
      const [clean] = pathsOf(path)
      if (clean !== path && !clean!.endsWith('/') && clean !== '' && !blocks.has(exactly(root + clean)))
        blocks.set(exactly(root + clean), ['try_files $uri.html =404;', ...lines])
    }
  }
  const sorted = [...blocks].sort(([a], [b]) => compareKeys(a, b))
  return [
    '# Written by vite-distill at each build. Include it in a `server` block; its `root` is the folder that holds the site',
    `# at the path ${JSON.stringify(base)}.`,
    'charset utf-8;',
    ...(withCharset.size > 0 ? [`charset_types ${[...withCharset].sort().join(' ')};`] : []),
    'types {',
    ...[...types]
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([extension, type]) => `  ${quoted(type)} ${quoted(extension)};`),
    '}',
    'default_type application/octet-stream;',
    'index index.html;',
    'absolute_redirect off;',
    // A folder without a page is 403.
    ...(notFound ? [`error_page 403 404 =404 ${value(`${root}404.html`, 'base')};`] : []),
    ...sorted.flatMap(([location, lines]) => [
      `location ${location} {`,
      ...lines.map((line) => `  ${line}`),
      '}',
    ]),
    '',
  ].join('\n')
}

/** The types of the site's extensions. The charset is nginx's own affair: `gzip_types` compares types without one. */
function addType(
  { key }: Pick<ManifestFile, 'key'>,
  types: Map<string, string>,
  withCharset: Set<string>,
): void {
  const extension = /[^/]\.([^./]+)$/.exec(key)?.[1]?.toLowerCase()
  if (extension === undefined || types.has(extension)) return
  const type = contentTypeOf(key)
  types.set(extension, essenceOf(type))
  // nginx always adds the charset to HTML.
  if (charsetOf(type) !== undefined && essenceOf(type) !== 'text/html') withCharset.add(essenceOf(type))
}

/** A type that is not that of the extension. */
function typeLines(type: string | undefined): string[] {
  if (type === undefined) return []
  const essence = essenceOf(type)
  if (charsetOf(type) !== 'utf-8') return ['types {}', `default_type ${quoted(type)};`, 'charset off;']
  const charset = essence === 'text/html' ? [] : [`charset_types ${quoted(essence)};`]
  return ['types {}', `default_type ${quoted(essence)};`, ...charset]
}

/** @param always ` always` for a file that is sent with an error's status */
const headerLines = (headers: Headers, path: string, always = '') =>
  Object.entries(headers).map(
    ([name, text]) => `add_header ${quoted(name)} ${value(text, path, name)}${always};`,
  )

const exactly = (path: string) => `= ${quoted(path)}`

/** A word of nginx's configuration in which `$` is itself: the name of a location, for example. */
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`

/**
 * A word of nginx's configuration in which `$` begins a variable, and cannot be escaped.
 * @throws {DistillError} `HOST_FILE_INVALID` if it has one
 */
function value(text: string, path: string, header?: string): string {
  if (!text.includes('$')) return quoted(text)
  const what = header === undefined ? `the option \`${path}\`` : `the header \`${header}\` of \`${path}\``
  throw new DistillError(
    'HOST_FILE_INVALID',
    `${what} has a \`$\`, which nginx cannot have there: \`${text}\``,
    {
      hint: "Leave out the `$`, or take `'nginx'` out of `hostFiles`.",
    },
  )
}
