import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { joinBodies } from '../../src/render/batch-buffer.ts'
import { checkStyles, lazyStyles } from '../../src/render/lazy-styles.ts'
import type { Rendered } from '../../src/render/messages.ts'

/** A client build with this manifest. */
async function client(manifest: unknown): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lazy-styles-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await mkdir(join(dir, '.vite'))
  await writeFile(join(dir, '.vite/manifest.json'), JSON.stringify(manifest))
  return dir
}

const built = () =>
  client({
    'index.html': { file: 'assets/index.js', css: ['assets/index.css'], imports: ['_vendor.js'] },
    '_vendor.js': { file: 'assets/vendor.js', imports: ['index.html'] },
    '_list.js': { file: 'assets/list.js', css: ['assets/list.css'] },
    'src/Map.vue': { file: 'assets/Map.js', css: ['assets/Map.css'], imports: ['index.html', '_list.js'] },
    'src/Home.vue': { file: 'assets/Home.js', imports: ['index.html'] },
    'src/late.css': { file: 'assets/late.css' },
  })

it('are those that come with a lazy chunk and not with the template', async () => {
  expect(lazyStyles(await built(), '/docs/')).toEqual(
    new Map([
      ['/docs/assets/list.js', ['/docs/assets/list.css']],
      ['/docs/assets/Map.js', ['/docs/assets/list.css', '/docs/assets/Map.css']],
    ]),
  )
  expect(lazyStyles('/nowhere', '/').size).toBe(0)
})

it('are missed where a page names only the chunk', async () => {
  const styles = lazyStyles(await built(), '/')
  const warningsOf = (html: string, more: Partial<Rendered> = {}) => {
    const headers = { 'content-type': 'text/html' }
    const page: Rendered = { index: 0, key: 'index.html', status: 200, headers, ms: 1, ...more }
    checkStyles({ type: 'batch', pages: [page], ...joinBodies([Buffer.from(html)]) }, styles)
    return page.warnings
  }
  const map = '<link rel="modulepreload" crossorigin href="/assets/Map.js">'
  const list = '<link rel="stylesheet" href="/assets/list.css">'
  expect(warningsOf(map + list)).toEqual([
    expect.stringMatching(/^it names `\/assets\/Map\.js` and not its styles, `\/assets\/Map\.css`/),
  ])
  expect(warningsOf("<script type=module src='/assets/list.js'></script>")).toHaveLength(1)
  expect(warningsOf(`${map}${list}<link rel="stylesheet" href="/assets/Map.css">`)).toBeUndefined()
  expect(warningsOf(`${map}<style>.map { color: teal }</style>`)).toBeUndefined()
  expect(warningsOf('<script src="/assets/Home.js"></script>')).toBeUndefined()
  expect(warningsOf(map, { headers: { 'content-type': 'text/plain' } })).toBeUndefined()
})
