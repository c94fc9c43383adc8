import { expect, test } from 'vitest'
import { pathOf, urlsOf } from '../../../src/publish/purge/urls.ts'

test.each<[key: string, paths: string[]]>([
  ['about/index.html', ['/about/index.html', '/about/', '/about']],
  ['index.html', ['/index.html', '/']],
  ['about.html', ['/about.html', '/about']],
  ['about', ['/about']],
  ['404.html', ['/404.html', '/404']],
  ['assets/app-12345678.js', ['/assets/app-12345678.js']],
  ['posts/a b/index.html', ['/posts/a%20b/index.html', '/posts/a%20b/', '/posts/a%20b']],
  ['été.png', ['/%C3%A9t%C3%A9.png']],
  ['100%.png', ['/100%25.png']],
  // A link may have these characters as they are, and a cache then has them too.
  ['a+b,c.png', ['/a%2Bb%2Cc.png', '/a+b,c.png']],
  ['what?#.png', ['/what%3F%23.png']],
])('`%s` has the URLs %o', (key, paths) => {
  expect(urlsOf('https://www.example.com/', key)).toEqual(
    paths.map((path) => `https://www.example.com${path}`),
  )
})

test('the URLs of a site in a folder have its path', () => {
  const root = 'https://www.example.com/blog/'
  expect(urlsOf(root, 'index.html')).toEqual([`${root}index.html`, root, 'https://www.example.com/blog'])
  expect(urlsOf(root, 'a/index.html')).toEqual([`${root}a/index.html`, `${root}a/`, `${root}a`])
})

test('a path never has a wildcard of its own', () => {
  expect(urlsOf('https://x.test/', 'a*.png').map(pathOf)).toEqual(['/a%2A.png'])
})
