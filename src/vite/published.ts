import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { PublishedSite } from '../render/cache/published.ts'
import { redactor } from '../secrets.ts'

/**
 * What the target of `cache.from` has of the site; undefined without that option, and with `rendered`, which reads the
 * pages here.
 */
export function publishedSite(options: ResolvedOptions): PublishedSite | undefined {
  const target = options.cache && !options.rendered ? options.cache.from : undefined
  if (target === undefined) return undefined
  return {
    target,
    async open() {
      // Few builds need it.
      const { openPublishedPages } = await import('../publish/published-pages.ts')
      try {
        return await openPublishedPages(options, target)
      } catch (error) {
        if (!(error instanceof DistillError)) throw error
        // Vite prints it as a warning of the build.
        const { code, message, hint, cause } = error
        throw new DistillError(code, redactor(Object.values(options.publish))(message), { hint, cause })
      }
    },
  }
}
