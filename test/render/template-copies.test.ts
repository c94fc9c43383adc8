import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { refuseTemplatePrecache, withoutStaleCopies } from '../../src/render/template-copies.ts'

const asset = (key: string, from = '') => ({ key, from, hashed: false })

it('compressed copies of what is distilled are left out', () => {
  const keep = ['data.json', 'data.json.gz', 'dump.sql.gz', 'docs/index.html', 'docs/index.html.zst', 'a.gz']
  const drop = ['index.html.gz', 'index.html.br', 'about/index.html.br', 'old.html.zst', 'sitemap.xml.gz']
  const page = { url: '/about/', key: 'about/index.html', route: 0 }
  const { assets, notices } = withoutStaleCopies({
    assets: [...drop, ...keep].map((key) => asset(key)),
    list: { routes: [{ route: '/about/', status: [200] }], pages: [page], notices: [], warnings: [] },
    redirects: [{ key: 'old.html', from: '/old.html', to: '/', status: 301 }],
    generated: [{ key: 'sitemap.xml', option: 'sitemap' }],
  })
  expect(assets.map(({ key }) => key)).toEqual(keep)
  expect(notices).toEqual([expect.stringContaining(drop.map((key) => `\`${key}\``).join(', '))])
})

it.each([
  ['/', 'e.precacheAndRoute([{url:"a.js",revision:null},{url:"index.html",revision:"eb57"}],{})', true],
  ['/', `const list = [{"revision":"eb57","url":"/index.html"}]`, true],
  ['/docs/', "[{ revision: 'eb57', integrity: 'x', url: '/docs/index.html' }]", true],
  ['/', '[{url:"guide/index.html",revision:"eb57"}]', false],
  ['/', '[{url:"a.js",revision:"1"}]; fetch({url:"index.html"})', false],
])('a service worker at %s: %s', async (base, code, refused) => {
  const dir = await mkdtemp(join(tmpdir(), 'worker-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'sw.js'), code)
  const check = () => refuseTemplatePrecache([asset('sw.js', join(dir, 'sw.js'))], base)
  if (refused) expect(check).toThrow('the service worker `sw.js` precaches `index.html`')
  else expect(check).not.toThrow()
})
