import { read } from './repository.ts'
import { images } from './site-url.ts'

/** The size of an SVG file of `docs/`, so that the page does not move when it arrives. */
export function imageSize(url: string): { width: number; height: number } {
  if (!url.startsWith(images))
    throw new Error(`\`${url}\` is no image of the site: SVG files in \`docs/\` are.`)
  const file = url.replace(images, 'docs/')
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(read(file)) ?? []
  if (!width || !height) throw new Error(`\`${file}\` has no \`viewBox="0 0 width height"\`.`)
  return { width: Number(width), height: Number(height) }
}
