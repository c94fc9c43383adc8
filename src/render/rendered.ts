import { DistillError, messageOf } from '../errors.ts'
import type { RenderedSite } from '../rendered-options.ts'
import type { PageList } from '../routes/types.ts'
import type { SiteSources } from './collisions.ts'
import { EmittedFiles } from './emitted-files.ts'
import { siteFile } from './link-audit.ts'
import { withPages } from './linked-pages.ts'
import type { Renderer } from './render-selection.ts'
import { renderedPages } from './rendered-pages.ts'
import type { ManifestLines } from './site/manifest-lines.ts'
import { tellAfter, tellWaiting } from './waiting.ts'

export interface RenderedInput {
  sources: SiteSources
  /** Pages that were found by links. */
  found: PageList['pages']
  /** All other files of the site. */
  lines: ManifestLines
}

const what = 'the option `rendered`'

/**
 * Calls the option `rendered`, and adds the files that it emits to the site. It has no time limit: an index of a large
 * site takes minutes.
 * @throws {DistillError} `RENDERED_FAILED`; `COLLISION` or `PATH_UNSAFE` if the site cannot have a file that it emits
 */
export async function addEmittedFiles(
  renderer: Renderer,
  { sources, found, lines }: RenderedInput,
): Promise<void> {
  const { options, quiet } = renderer
  if (!options.rendered) return
  const emitted = new EmittedFiles(renderer, { sources, lines })
  let isDone = false
  const refuseLate = (doing: string) => {
    if (!isDone) return
    throw new DistillError('RENDERED_FAILED', `\`rendered\` was done, and then ${doing}`, {
      hint: 'Await all that it starts before it returns.',
    })
  }
  const site: RenderedSite = {
    origin: options.origin,
    base: options.base,
    pages: () =>
      renderedPages(lines, {
        list: withPages(sources.list, found),
        pathOf: siteFile(renderer),
        refuseLate: () => refuseLate('read a page'),
      }),
    emitFile(file) {
      refuseLate('emitted a file')
      emitted.add(file)
    },
  }
  const telling = setTimeout(() => quiet || tellWaiting(what), tellAfter)
  try {
    await options.rendered(Object.freeze(site))
  } catch (cause) {
    if (cause instanceof DistillError) throw cause
    throw new DistillError('RENDERED_FAILED', `\`rendered\` threw: ${messageOf(cause)}`, { cause })
  } finally {
    isDone = true
    clearTimeout(telling)
  }
  await emitted.end()
}
