/**
 * A key is the name of a file of a site, and of the object that it becomes in a target: `/`-separated, without a
 * `/` at its start.
 */

/** The publish wing's own objects have keys that start with this; no file of a site does. */
export const ownKeys = '.vite-distill/'

/** Whether a key of a storage, prefix included, is that of such an object. */
export const isOwnKey = (key: string): boolean => `/${key}`.includes(`/${ownKeys}`)

/** Orders keys by their UTF-8 bytes, as manifests and storages list them. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    // A surrogate half stands for a code point above every other unit, though its own value is lower than U+E000.
    if (x !== y)
      return (x >= 0xd800 && x < 0xe000 ? x + 0x10000 : x) - (y >= 0xd800 && y < 0xe000 ? y + 0x10000 : y)
  }
  return a.length - b.length
}

/** Why a key is unsafe: it leads out of its folder, or no folder can hold it. Undefined for a safe key. */
export function unsafeKey(key: string): string | undefined {
  for (const segment of key.split('/')) {
    if (segment === '') return 'it has an empty folder or file name'
    if (segment === '.' || segment === '..') return `it has a \`${segment}\` folder`
  }
  if (key.includes('\\')) return 'it has a backslash'
  if (key.includes('\0')) return 'it has a NUL'
  return undefined
}

/** Why a key is longer than the 1,024 bytes that object storages take; `undefined` for a shorter one. */
export const longKey = (key: string): string | undefined =>
  Buffer.byteLength(key) > 1024 ? 'it is longer than 1,024 bytes' : undefined

/** A key as the path of a URL, percent-encoded. */
export const encodeKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/')

/** The canonical path of a file: the one that a static host serves it under, `base` included. */
export const fileUrl = (key: string, base: string): string =>
  base + encodeKey(key.replace(/(^|\/)index\.html$/, '$1'))
