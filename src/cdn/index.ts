import { takeTag } from './tag/tag.ts'
import { type Cdn, createCdn } from './url.ts'

/** Where a dev server or a built app leaves what it goes by, for whatever in its process imports this file itself. */
const key: unique symbol = Symbol.for('vite-distill.cdn') as never
const shared = globalThis as { [key]?: Cdn }

let own: Cdn | undefined

/** Without Vite nobody has taken a tag: it is taken here, once. */
const current = (): Cdn =>
  shared[key] ?? (own ??= createCdn({ base: '/', param: 'tag', tag: takeTag({ root: process.cwd() }).tag }))

/**
 * The path of a file under Vite's `base`, with the tag in its query: `cdnStatic('img/a.jpg')` is
 * `/img/a.jpg?tag=0123456789abcd`. Other parameters and the fragment stay as they are.
 */
export const cdnStatic = (path: string): string => current().cdnStatic(path)

/** The bare tag. */
export const cdnTag = (): string => current().cdnTag()

/** Makes `cdnStatic()` and `cdnTag()` of this process go by something else than the folder it runs in. */
export function useCdn(cdn: Cdn): void {
  shared[key] = cdn
}
