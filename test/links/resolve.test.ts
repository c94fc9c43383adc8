import { expect, it } from 'vitest'
import { createResolver } from '../../src/links/resolve.ts'

const origin = 'https://www.example.com'
const resolve = createResolver({ base: '/', origin, addresses: [] })

const parts = [
  '',
  '/',
  './',
  '../',
  '../../',
  '../../../../',
  '.',
  '..',
  'a',
  'b.html',
  '.c',
  'd:e',
  ':',
  '..f',
  '~g',
]
const ends = ['', '/', '/x', '/../y', '//z', ':0', '?q', '#h', '%41', 'é', '&', '@', "'", '\\', ' w']

it.each(['/', '/p/', '/p/q/r/', '/p/s.html'])('a path is what `URL` makes of it, on %s', (page) => {
  for (const first of parts) {
    for (const second of parts) {
      for (const end of ends) {
        const url = first + second + end
        if (!URL.canParse(url, origin + page)) continue
        const { host, pathname, protocol, hash, href } = new URL(url, origin + page)
        const expected =
          protocol !== 'https:' ? undefined : host === 'www.example.com' ? pathname + hash : href
        expect([url, resolve(url, origin + page)]).toEqual([url, expected])
      }
    }
  }
})
