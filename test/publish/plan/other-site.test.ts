import { expect, test } from 'vitest'
import { compareKeys } from '../../../src/keys.ts'
import { withOtherSites } from '../../../src/publish/plan/other-site.ts'
import { object, record } from '../samples.ts'

/** The keys of a target, each with the prefix of another site that it belongs to. */
async function sitesOf(keys: string[], own: string[] = []): Promise<Record<string, string | undefined>> {
  const found: [string, string | undefined][] = []
  async function* joined() {
    for (const key of [...keys].sort(compareKeys)) {
      const c = own.includes(key) ? record(key) : undefined
      yield [{ key, a: undefined, b: object(key), c }]
    }
  }
  for await (const batch of withOtherSites(joined()))
    for (const { key, otherSite } of batch) found.push([key, otherSite])
  expect(found.map(([key]) => key)).toEqual([...keys].sort(compareKeys))
  return Object.fromEntries(found)
}

test.each(['lock.json', 'state.json'])(
  'a folder with a `%s` is another site, from its first key',
  async (mark) => {
    const below = [
      '!',
      '-a/b',
      '.htaccess',
      `.vite-distill/${mark}`,
      '.well-known',
      'index.html',
      'é',
      '\u{1f600}',
    ]
    const outside = ['!', '-', 'a-', 'a.html', 'aa/b', 'ab', '😀']
    const sites = await sitesOf([...outside, ...below.map((key) => `a/${key}`)])
    expect(sites).toEqual({
      ...Object.fromEntries(outside.map((key) => [key, undefined])),
      ...Object.fromEntries(below.map((key) => [`a/${key}`, 'a/'])),
    })
  },
)

test('sites at any depth, beside and within each other', async () => {
  const mark = '.vite-distill/state.json'
  const sites = await sitesOf([
    'x/-a/!',
    `x/-a/${mark}`,
    'x/-a/z',
    'x/-b/!',
    `x/-b/${mark}`,
    'x/-b/z',
    'x/-c',
    'x/y',
    'y/-a/!',
    `y/-a/${mark}`,
    'y/-a/z',
    'y/-b',
    `y/${mark}`,
    'y/b/c/d',
    `y/b/${mark}`,
    'y/z',
    'z',
    'deep/er/-',
    `deep/er/${mark}`,
    'deep/es',
  ])
  expect(Object.entries(sites).filter(([, site]) => site === undefined)).toEqual(
    ['deep/es', 'x/-c', 'x/y', 'z'].map((key) => [key, undefined]),
  )
  expect(sites).toMatchObject({ 'x/-a/!': 'x/-a/', 'x/-b/!': 'x/-b/', 'y/-b': 'y/', 'deep/er/-': 'deep/er/' })
})

test('no other site: a state at the root, keys that resemble one, and a state that the site itself publishes', async () => {
  const keys = [
    '.vite-distill/state.json',
    'a/.vite-distill/tmp',
    'b/.vite-distill/state.json.gz',
    'c/state.json',
  ]
  const own = 'docs/.vite-distill/state.json'
  const sites = await sitesOf([...keys, own, 'docs/a'], [own])
  expect(new Set(Object.values(sites))).toEqual(new Set([undefined]))
})
