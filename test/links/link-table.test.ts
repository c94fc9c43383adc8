import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { auditLinks } from '../../src/links/audit.ts'
import { LinkTable } from '../../src/links/link-table.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

function used(): number {
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const pages = 10_000
const links = 50

/** The links of a page, read from its HTML: each text is a part of a larger one. */
function linksOfPage(i: number) {
  const urls = Array.from({ length: links }, (_, n) => `/pages/${(i * 7 + n * 13) % pages}/`)
  const html = Buffer.from(urls.join(' ') + ' '.repeat(20_000)).toString('latin1')
  const found: string[] = []
  let at = 0
  for (const { length } of urls) {
    found.push(html.slice(at, at + length))
    at += length + 1
  }
  return { links: found, resources: [], ids: ['content', 'navigation-menu'] }
}

test('10,000 pages with 50 links each take four bytes for a link, however long the texts are', () => {
  const table = new LinkTable()
  const before = used()
  for (let i = 0; i < pages; i++) table.add(`pages/${i}/index.html`, linksOfPage(i))
  const each = (used() - before) / (pages * links)
  let seen = 0
  table.eachLink(() => seen++)
  expect(seen).toBe(pages * links)
  expect(table.targets).toHaveLength(pages)
  expect([...table.idsOf(0), ...table.idsOf(pages - 1)]).toEqual([
    'content',
    'navigation-menu',
    'content',
    'navigation-menu',
  ])
  // Ten thousand keys and targets are in this, and room to grow.
  expect(each).toBeLessThan(16)
})

test('half a million broken links are told in one list, of which each has all its referrers', () => {
  const table = new LinkTable()
  for (let i = 0; i < pages; i++) table.add(`pages/${i}/index.html`, linksOfPage(i))
  const none = () => false
  const report = auditLinks(table, {
    base: '/',
    layout: 'directory',
    cleanUrls: false,
    has: none,
    redirectOf: () => undefined,
    missing: 'error',
    fragments: 'error',
    fallback: false,
    isServed: none,
    isIgnored: none,
    keys: () => [],
    idsOf: () => undefined,
    askApp: () => undefined,
    findable: new Set(),
  })
  expect(report.links).toBe(pages * links)
  expect(report.broken).toHaveLength(pages)
  expect(report.broken.reduce((sum, { referrers }) => sum + referrers.length, 0)).toBe(pages * links)
})
