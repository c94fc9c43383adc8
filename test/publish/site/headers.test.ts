import { expect, test } from 'vitest'
import { headersByRule } from '../../../src/publish/site/headers.ts'
import { builtFile } from './built-file.ts'

test('only headers that storages serve are stored, always in the same order', () => {
  const headersOf = headersByRule([{ match: 'index.html', 'content-language': 'en' }])
  const headers = { 'x-robots-tag': 'none', 'cache-control': 'no-cache', 'content-type': 'text/html' }
  expect(Object.entries(headersOf(builtFile({ headers })))).toEqual([
    ['content-type', 'text/html'],
    ['cache-control', 'no-cache'],
    ['content-language', 'en'],
  ])
})
