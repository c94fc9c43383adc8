import { beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp, viteConfig } from '../app.ts'

/** Pages with what another page left behind, with what changes by itself, and with neither. */
const entry = `import { setTimeout } from 'node:timers/promises'
let current = ''
let rendered = 0
const pages = {
  async leak(path) {
    current = path
    await setTimeout(20)
    return 'one line\\nof ' + current + ' and\\nmore'
  },
  counted: () => 'page ' + rendered,
  random: () => 'x'.repeat(100) + Math.random(),
  large: () => 'x'.repeat(3_000_000) + '\\n' + Math.random(),
  stable: (path) => 'stable ' + path,
}
export default async ({ url }) => {
  const { pathname } = new URL(url)
  rendered++
  const body = await pages[pathname.split('/')[1]](pathname)
  return new Response('<!doctype html>' + body, { headers: { 'content-type': 'text/html' } })
}
export const distillRoutes = [
  { route: '/leak/:n', distillParams: () => ['a', 'b'] },
  { route: '/counted' },
  { route: '/random' },
  { route: '/large' },
  { route: '/stable/:n', distillParams: () => [1, 2, 3] },
]`

/** Leaves page 1 out the second time, page 2 the first time, and makes page 3 longer. */
const transform = `{ transform: process.env.CHANGE ? ({ url, text }) => {
  if (url === '/stable/1' && calls[1]++ > 0) return null
  if (url === '/stable/2' && calls[2]++ === 0) return null
  if (url === '/stable/3') return { body: text() + '!'.repeat(calls[3]++) }
} : undefined }`

describe('render --verify', () => {
  let app: App
  let before: string
  beforeAll(async () => {
    app = await createApp({
      'src/entry-server.ts': entry,
      'vite.config.ts': `${viteConfig(transform)}\nconst calls = [0, 0, 0, 0]`,
    })
    await app.build()
    before = await app.read('dist/static.manifest.jsonl')
  })

  it('names pages that differ, and leaves the site as it was', async () => {
    const { exitCode, stderr } = await app.distill('render', '--verify')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('4 pages became different')
    expect(stderr).toContain(
      '`/leak/a` (route `/leak/:n`), line 2\n    at first: of /leak/b and\n    again:    of /leak/a and\n',
    )
    expect(stderr).toMatch(
      /`\/random` .*, line 1\n {4}at first: …x{30,}0\.\d+\n {4}again: {4}…x{30,}0\.\d+\n/,
    )
    expect(stderr).toMatch(/`\/large` .*, line 2\n {4}at first: 0\.\d+\n {4}again: {4}0\.\d+\n/)
    expect(stderr).toMatch(/`\/counted` .*, line 1\n {4}at first: .*page 3\n {4}again: {4}.*page 6\n/)
    expect(stderr).not.toContain('/stable/')
    expect(await app.read('dist/static.manifest.jsonl')).toBe(before)
  })

  it('names pages that `transform` leaves out once, or makes longer', async () => {
    app.env.CHANGE = '1'
    const { exitCode, stderr } = await app.distill('render', '--verify', '--only', 'stable')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/`\/stable\/1` .*\n {4}at first: a page\n {4}again: {4}left out by `transform`/)
    expect(stderr).toMatch(/`\/stable\/2` .*\n {4}at first: left out by `transform`\n {4}again: {4}a page/)
    expect(stderr).toMatch(/`\/stable\/3` .*\n {4}at first: .*stable\/3\n {4}again: {4}.*stable\/3!/)
    expect(await app.read('dist/static.manifest.jsonl')).toBe(before)
    delete app.env.CHANGE
  })

  it('writes the site if no page differs', async () => {
    expect(await app.distill('render', '--verify', '--only', 'stable')).toMatchObject({ exitCode: 0 })
    expect(await app.read('dist/static.manifest.jsonl')).not.toBe(before)
  })
})
