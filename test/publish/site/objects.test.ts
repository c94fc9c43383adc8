import { expect, test } from 'vitest'
import type { ManifestHeader } from '../../../src/manifest.ts'
import type { BuiltFile } from '../../../src/publish/site/site.ts'
import { desiredObjects } from '../../../src/publish/site/objects.ts'
import type { TargetOptions } from '../../../src/target-options.ts'
import { builtFile } from './built-file.ts'

const file = (key: string, more: Partial<BuiltFile> = {}): BuiltFile =>
  builtFile({ key, url: `/blog/${key}`, sha256: `sha of ${key}`, ...more })

async function desired(files: BuiltFile[], options: TargetOptions = {}) {
  const site = {
    directory: '',
    header: { base: '/blog/' } as ManifestHeader,
    async *files() {
      yield files
    },
  }
  const found = []
  for await (const batch of desiredObjects(site, options)()) found.push(...batch)
  return found
}

test('clean URLs: in order, once each, and never in place of a file of the site', async () => {
  const files = [
    file('404.html', { status: 404 }),
    file('a/index.html'),
    file('about-us.html'),
    file('about.html'),
    file('about/index.html'),
    file('data.json', { headers: { 'content-type': 'application/json' } }),
    file('index.html'),
    file('taken', { headers: { 'content-type': 'text/html' } }),
    file('taken.html'),
  ]
  expect(await desired(files)).toHaveLength(9)
  const found = await desired(files, { cleanUrls: true })
  expect(found.map(({ key, from }) => (from === undefined ? key : `${key} of ${from}`))).toEqual([
    '404.html',
    'a of a/index.html',
    'a/index.html',
    'about of about.html',
    'about-us of about-us.html',
    'about-us.html',
    'about.html',
    'about/index.html',
    'data.json',
    'index.html',
    'taken',
    'taken.html',
  ])
  expect(found.find(({ key }) => key === 'about')).toMatchObject({
    url: '/blog/about',
    sha256: 'sha of about.html',
    headers: { 'content-type': 'text/html' },
  })
})

test.each([
  ['/blog/new/', '/blog/new/'],
  ['../new/?a=1#b', '/blog/new/?a=1#b'],
  ['https://example.com/x', 'https://example.com/x'],
  ['//example.com/x', 'http://example.com/x'],
])('the storage’s own redirect to %s leads to %s', async (to, stored) => {
  const [moved] = await desired([
    file('old/index.html', { kind: 'redirect', url: '/blog/old/', redirect: { to, status: 301 } }),
  ])
  expect(moved!.redirect).toEqual({ to: stored, status: 301 })
})
