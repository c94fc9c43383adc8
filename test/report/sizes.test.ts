import { describe, expect, it } from 'vitest'
import { entryTitle } from '../../report/src/build/entries.ts'
import { createFolders, entriesOf, folderAt, largestOf, trailOf } from '../../report/src/build/folders.ts'
import { layOut, neighbourOf } from '../../report/src/build/treemap.ts'
import type { ReportFile } from '../../src/report/data.ts'
import { createBuildReport, oddFiles } from './fixtures.ts'

const fileOf = (key: string, size: number, kind: ReportFile['kind'] = 'page'): ReportFile => ({
  key,
  url: `/${key}`,
  kind,
  size,
  headers: {},
  change: 'new',
})
const root = createFolders([
  fileOf('index.html', 100),
  fileOf('posts/a/index.html', 30),
  fileOf('posts/b/index.html', 20),
  fileOf('assets/js/deep/x.js', 500, 'asset'),
  fileOf('assets/js/deep/y.js', 300, 'asset'),
])

describe('folders', () => {
  it('add up what is below them', () => {
    expect(root).toMatchObject({ path: '', size: 950, count: 5, pages: 150 })
    expect(folderAt(root, 'posts/')).toMatchObject({ path: 'posts/', size: 50, count: 2 })
  })

  it('list the largest first, and a folder with one thing in it as that thing', () => {
    const names = (path: string) => entriesOf(folderAt(root, path)).map(({ name }) => name)
    expect(names('')).toEqual(['assets/js/deep/', 'index.html', 'posts/'])
    expect(names('posts/')).toEqual(['a/index.html', 'b/index.html'])
  })

  it('that do not exist are the last one that does', () => {
    expect(folderAt(root, 'posts/gone/away/').path).toBe('posts/')
    expect(folderAt(root, '../..').path).toBe('')
    expect(trailOf(root, folderAt(root, 'assets/js/')).map(({ path }) => path)).toEqual([
      '',
      'assets/',
      'assets/js/',
    ])
  })

  it('with very many things have parts for the map, down to each of them', () => {
    const { files } = createBuildReport(20_000)
    const all = createFolders(files)
    const posts = folderAt(all, 'posts/')
    const parts = largestOf(posts, 400, 0)
    expect(parts).toHaveLength(64)
    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(posts.size)
    expect(entriesOf(posts)).toHaveLength(posts.count)
    const { folder, name } = parts[0]!
    expect(name).toMatch(/^\d{6}–\d{6}$/)
    expect(folderAt(all, folder!.path)).toBe(folder)
    expect(trailOf(all, folder!).map(({ path }) => path)).toEqual(['', 'posts/', `posts/${name}/`])
    expect(entriesOf(folder!).map(({ name, file }) => file?.key === `posts/${name}`)).not.toContain(false)
  })

  it('put together what is too much or too small', () => {
    expect(largestOf(root, 1, 0).at(-1)).toEqual({ name: '', size: 150, count: 3 })
    expect(largestOf(root, 9, 100).map(({ name }) => name)).toEqual([
      'assets/js/deep/',
      'index.html',
      'posts/',
    ])
    expect(largestOf(root, 9, 200).map(({ name }) => name)).toEqual(['assets/js/deep/', ''])
    expect(entryTitle(largestOf(root, 1, 0)[1]!, 950)).toBe('3 small files: 150 B, 16%, 50 B on average')
  })
})

describe('the map', () => {
  it('gives each thing as much room as it has bytes, and overlaps nothing', () => {
    const tiles = layOut(createFolders(createBuildReport(200).files), 1000, 500)
    const total = tiles.reduce((sum, { entry }) => sum + entry.size, 0)
    for (const { entry, width, height } of tiles.filter(
      ({ width, height }) => Math.min(width, height) > 50,
    )) {
      const share = entry.size / total
      expect((width + 3) * (height + 3)).toBeGreaterThan(share * 500_000 * 0.9)
      expect((width + 3) * (height + 3)).toBeLessThan(share * 500_000 * 1.1)
    }
    for (const a of tiles)
      for (const b of tiles)
        if (a !== b)
          expect(
            a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height || b.y >= a.y + a.height,
          ).toBe(true)
  })

  it('has few tiles, however many files there are', () => {
    const { files } = createBuildReport(20_000)
    const all = createFolders(files)
    for (const folder of [all, folderAt(all, 'posts/')]) {
      const tiles = layOut(folder, 1200, 600)
      expect(tiles.length + tiles.flatMap(({ inside }) => inside).length).toBeLessThan(3000)
      expect(tiles.reduce((sum, { entry }) => sum + entry.count, 0)).toBe(folder.count)
    }
  })

  it('draws what is odd', () => {
    expect(layOut(createFolders([]), 100, 100)).toEqual([])
    expect(layOut(createFolders([fileOf('empty', 0)]), 100, 100)).toEqual([])
    expect(layOut(root, 0, 100)).toEqual([])
    expect(layOut(createFolders([fileOf('one', 5)]), 100, 50)).toMatchObject([
      { x: 0, y: 0, width: 100, height: 50 },
    ])
    expect(layOut(createFolders(oddFiles), 100, 100).length).toBeGreaterThan(0)
  })

  it('arrows lead to the nearest tile on their side', () => {
    const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 })
    const tiles = [box(0, 0), box(10, 0), box(0, 10), box(10, 10)]
    expect(neighbourOf(tiles, 0, 'ArrowRight')).toBe(1)
    expect(neighbourOf(tiles, 0, 'ArrowDown')).toBe(2)
    expect(neighbourOf(tiles, 3, 'ArrowUp')).toBe(1)
    expect(neighbourOf(tiles, 3, 'ArrowLeft')).toBe(2)
    expect(neighbourOf(tiles, 1, 'ArrowRight')).toBe(1)
    expect(neighbourOf([], 4, 'ArrowUp')).toBe(0)
  })
})
