import { expect, it } from 'vitest'
import { refuseCollisions } from '../../src/render/collisions.ts'

const asset = (key: string) => ({ key, from: '', hashed: false })

/** The message for a site of these assets and of pages with these keys. */
function messageOf(assets: string[], keys: string[] = []): string | undefined {
  const pages = keys.map((key) => ({ url: `/${key}`, key, route: 0 }))
  const list = { routes: [{ route: '/:p', status: [200] }], pages, notices: [], warnings: [] }
  try {
    refuseCollisions({ list, assets: assets.map(asset), redirects: [], generated: [] })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

it.each([
  [['logo.png', 'Logo.png'], []],
  [['caf\u00e9.txt', 'cafe\u0301.txt'], []],
  [['a', 'A/b'], []],
  [['About/index.html'], ['about/index.html']],
  [['caf\u00e9'], ['cafe\u0301/index.html']],
])('assets %j and pages %j collide', (assets, keys) => {
  expect(messageOf(assets, keys)).toContain('files of the site collide')
})

it('a page that is listed again and again is told once', () => {
  const message = messageOf(
    [],
    Array.from({ length: 200_000 }, () => 'same/index.html'),
  )!
  expect(message.split('\n')).toHaveLength(2)
})

it('a hundred thousand collisions are told in a few lines', () => {
  const keys = Array.from({ length: 200_000 }, (_, i) => `${i % 100_000}/index.html`)
  const lines = messageOf([], keys)!.split('\n')
  expect(lines).toHaveLength(22)
  expect(lines.at(-1)).toBe('  and 99980 more')
})
