import { lookup, mimes } from 'mrmime'

/**
 * Warns of a page whose file is HTML by its name and something else by its type: JSON at `/api/posts` becomes
 * `api/posts/index.html`. The same for all pages of a route.
 */
export function misnamedWarning(key: string, contentType = '', route: string): string | undefined {
  const type = contentType.replace(/;.*/s, '').trim().toLowerCase()
  if (!/\.html?$/i.test(key) || type === '' || /html/.test(type)) return undefined
  return `it is \`${type}\` in a file that ends in \`.html\`: name the file with \`distillFile: '${fileFor(route, type)}'\`, or send \`content-type: text/html\``
}

/** A name for the files of a route: `/api/:id` is `api/{id}.json`. */
const fileFor = (route: string, type: string): string => {
  const path = route
    .replace(
      /\*\*:(\w+)|:(\w+)(?:\([^)]*\))?[?+*]?/g,
      (_, rest?: string, name?: string) => `{${rest ?? name}}`,
    )
    .replace(/^\/+|\/+$/g, '')
  return `${path || 'index'}.${extensionOf(type)}`
}

/** The extension of a type that has its name (`json`, `rss` of `rss+xml`), else the first of its extensions. */
function extensionOf(type: string): string {
  const name = type === 'text/plain' ? 'txt' : type.replace(/^.*\//, '').replace(/\+.*/, '')
  if (lookup(name) === type) return name
  return Object.keys(mimes).find((extension) => mimes[extension] === type) ?? 'bin'
}
