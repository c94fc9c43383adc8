import { homedir } from 'node:os'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { portable } from '../../src/report/portable.ts'

const root = '/srv/sites/blog'
const clean = portable(root, (text) => text.replaceAll('s3cr3t', '***'))

test.each([
  ['    at render (/srv/sites/blog/src/home.ts:3:9)', '    at render (src/home.ts:3:9)'],
  [`    at ${pathToFileURL(`${root}/src/home.ts`).href}:3:9`, '    at src/home.ts:3:9'],
  ['    at file:///srv/sites/node_modules/h3/index.mjs:1:2', '    at ../node_modules/h3/index.mjs:1:2'],
  ['cannot write `/srv/sites/blog`: it is full', 'cannot write `.`: it is full'],
  ['cannot read `/srv/sites/blog/`', 'cannot read ``'],
  ['cannot read `/srv/sites/www/a`', 'cannot read `../www/a`'],
  [`no key in ${homedir()}/.aws/credentials`, 'no key in ~/.aws/credentials'],
  // Another folder, and the path of a URL.
  ['/srv/sites/blogs/a', '../blogs/a'],
  ['https://example.com/srv/sites/blog/a', 'https://example.com/srv/sites/blog/a'],
  ['/srv/other', '/srv/other'],
  ['the key s3cr3t is wrong', 'the key *** is wrong'],
])('%s', (text, expected) => {
  expect(clean(text)).toBe(expected)
})

test('an app in a folder below the root of the disk has nothing to hide there', () => {
  expect(portable('/app', (text) => text)('/app/src/home.ts')).toBe('/app/src/home.ts')
})
