import { expect, test } from 'vitest'
import { encodingByRule } from '../../../src/publish/site/encoding.ts'
import type { BuiltFile } from '../../../src/publish/site/site.ts'
import { builtFile } from './built-file.ts'

test('every text of a suitable size is compressed, by the first rule that matches', () => {
  const encodingOf = encodingByRule([{ match: 'raw/**', encoding: 'gzip' }, { encoding: 'br' }])
  const of = (more: Partial<BuiltFile>, type = 'text/html; charset=utf-8') =>
    encodingOf(builtFile(more), type)
  expect(of({})).toBe('br')
  expect(of({ key: 'raw/a.png' }, 'image/png')).toBe('gzip')
  for (const type of ['image/png', 'video/mp4', 'font/woff2', 'application/zip', 'application/pdf'])
    expect(of({}, type)).toBeUndefined()
  for (const type of [
    'image/svg+xml',
    'application/json',
    'text/javascript',
    'application/rss+xml',
    'application/wasm',
  ])
    expect(of({}, type)).toBe('br')
  expect(of({ size: 100 })).toBeUndefined()
  expect(of({ size: 33 * 1024 * 1024 })).toBeUndefined()
  expect(of({ kind: 'redirect' })).toBeUndefined()
  expect(encodingByRule()(builtFile({}), 'text/html')).toBeUndefined()
})
