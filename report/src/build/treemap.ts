import { hierarchy, treemap } from 'd3-hierarchy'
import type { ReportFile } from '../../../src/report/data.ts'
import { type Entry, type Folder, largestOf } from './folders.ts'

/** A rectangle of the map, in pixels. */
export interface Tile extends Box {
  entry: Entry
  /** What is in it, where there is room for it: to look at, not to choose. */
  inside: Part[]
}

interface Part extends Box {
  name: string
  kind: Kind
}

/** `rest`: many small things. */
export type Kind = ReportFile['kind'] | 'folder' | 'rest'
export const kindOf = ({ folder, file }: Entry): Kind => file?.kind ?? (folder ? 'folder' : 'rest')

/** What most of it is. */
const mostOf = (entry: Entry): Kind =>
  entry.folder ? (entry.folder.pages * 2 >= entry.size ? 'page' : 'asset') : kindOf(entry)

interface Box {
  x: number
  y: number
  width: number
  height: number
}

interface Node {
  size: number
  entry?: Entry
  children?: Node[]
}

/** Tiles of a folder, and of each folder in it. */
const shown = 400
/** Square pixels that a thing needs to be seen. */
const smallestTile = 400
const smallestPart = 300
/** The title of a tile. */
const titleHeight = 24

/** Draws a folder: each thing in it takes as much room as it has bytes. */
export function layOut(folder: Folder, width: number, height: number): Tile[] {
  if (folder.size === 0 || width <= 0 || height <= 0) return []
  const bytesPerPixel = folder.size / (width * height)
  const root = hierarchy<Node>({
    size: 0,
    children: largestOf(folder, shown, smallestTile * bytesPerPixel).map((entry) => {
      if (!entry.folder) return { size: entry.size, entry }
      const inside = largestOf(entry.folder, shown, smallestPart * bytesPerPixel)
      return { size: 0, entry, children: inside.map((entry) => ({ size: entry.size, entry })) }
    }),
  }).sum(({ size }) => size)
  const map = treemap<Node>()
    .size([width, height])
    .paddingTop((node) => (node.depth === 1 ? titleHeight : 0))
    .paddingInner((node) => (node.depth === 0 ? 3 : 1))
    .paddingRight((node) => (node.depth === 1 ? 3 : 0))
    .paddingBottom((node) => (node.depth === 1 ? 3 : 0))
    .paddingLeft((node) => (node.depth === 1 ? 3 : 0))
    .round(true)(root)
  const boxOf = ({ x0, y0, x1, y1 }: typeof map): Box => ({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 })
  return (map.children ?? []).map((node) => {
    const box = boxOf(node)
    const parts = box.width >= 24 && box.height >= titleHeight + 16 ? (node.children ?? []) : []
    const inside = parts
      .map((part) => ({ ...boxOf(part), name: part.data.entry!.name, kind: mostOf(part.data.entry!) }))
      .filter(({ width, height }) => width >= 2 && height >= 2)
      .map((part) => ({ ...part, x: part.x - box.x, y: part.y - box.y }))
    return { ...box, entry: node.data.entry!, inside }
  })
}

export type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'

/** The tile that an arrow key leads to: the nearest one on that side. */
export function neighbourOf(tiles: readonly Box[], index: number, direction: Direction): number {
  const from = tiles[index]
  if (!from) return 0
  const isAcross = direction === 'ArrowLeft' || direction === 'ArrowRight'
  const sign = direction === 'ArrowRight' || direction === 'ArrowDown' ? 1 : -1
  const middle = ({ x, y, width, height }: Box) => ({ across: x + width / 2, down: y + height / 2 })
  const start = middle(from)
  let best = index
  let least = Number.POSITIVE_INFINITY
  tiles.forEach((tile, at) => {
    const { across, down } = middle(tile)
    const ahead = sign * (isAcross ? across - start.across : down - start.down)
    const aside = Math.abs(isAcross ? down - start.down : across - start.across)
    const distance = ahead + 2 * aside
    if (at !== index && ahead > 0 && distance < least) [best, least] = [at, distance]
  })
  return best
}
