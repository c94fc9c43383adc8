import { takeTag } from './tag/tag.ts'
import { type Cdn, createCdn } from './url.ts'

/** Where a dev server or a built app puts its values, for other code in the same process that imports this file. */
const key: unique symbol = Symbol.for('vite-distill.cdn') as never
const shared = globalThis as { [key]?: Cdn }

let own: Cdn | undefined

/** Without a dev server or a built app in this process, the tag of the current folder is taken, once. */
const current = (): Cdn =>
  shared[key] ?? (own ??= createCdn({ base: '/', param: 'tag', tag: takeTag({ root: process.cwd() }).tag }))

/**
 * Adds Vite's `base` and the tag to the path of a file: `cdnStatic('img/a.jpg')` is `/img/a.jpg?tag=0123456789abcd`.
 * Other parameters and the fragment stay as they are.
 */
export const cdnStatic = (path: string): string => current().cdnStatic(path)

/** The bare tag. */
export const cdnTag = (): string => current().cdnTag()

/** Sets what `cdnStatic()` and `cdnTag()` of this process use, instead of the current folder. */
export function useCdn(cdn: Cdn): void {
  shared[key] = cdn
}
