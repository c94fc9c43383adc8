import { expect, it } from 'vitest'
import { misnamedWarning } from '../../src/render/misnamed.ts'

it.each([
  ['/api/posts', 'application/json; charset=utf-8', "distillFile: 'api/posts.json'"],
  ['/api/:id(\\d+)', 'Application/JSON', "distillFile: 'api/{id}.json'"],
  ['/docs/**:path', 'text/plain;charset=UTF-8', "distillFile: 'docs/{path}.txt'"],
  ['/feed/', 'application/rss+xml', "distillFile: 'feed.rss'"],
  ['/', 'text/javascript', "distillFile: 'index.js'"],
  ['/x', 'application/x-unheard-of', "distillFile: 'x.bin'"],
])('a page of %s that is %s', (route, type, said) => {
  expect(misnamedWarning('x/index.html', type, route)).toContain(said)
})

it.each([
  ['api/posts', 'application/json'],
  ['posts.json', 'application/json'],
  ['a.html', 'text/html; charset=utf-8'],
  ['a.html', 'Text/HTML'],
  ['a.html', 'application/xhtml+xml'],
  ['a.html', undefined],
])('%s that is %s is named well', (key, type) => {
  expect(misnamedWarning(key, type, '/a')).toBeUndefined()
})
