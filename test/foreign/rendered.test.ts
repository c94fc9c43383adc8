import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ManifestFile } from '../../src/manifest.ts'
import { website } from '../../src/vite/website.ts'
import { repository } from '../app.ts'
import { hasBrowser, openBrowser } from '../browser.ts'
import { serving } from '../publish/serve.ts'
import { type ForeignApp, foreignApp } from './foreign-app.ts'

const entry = `import { H3, defineHandler, html, raw } from 'h3'
import template from 'virtual:distill/template'
import { page, routes } from 'vite-distill/app'

const posts = {
  beeswax: { title: 'Beeswax & honey', text: 'It smells of summer.', date: '2026-02-01' },
  tallow: { title: 'Tallow', text: 'It smokes a little.', date: '2026-03-01' },
}
const show = (content: string) => html(raw(template.replace('<body>', () => \`<body><main>\${content}</main>\`)))

export default new H3().register(
  routes({
    '/': { distill: true, default: () => show('<h1>Candles</h1>' + Object.keys(posts).map((slug) => \`<a href="/posts/\${slug}/">\${slug}</a>\`).join(' ')) },
    '/posts/:slug': {
      distillParams: () => Object.entries(posts).map(([slug, { date }]) => page({ slug }, { lastmod: date })),
      default: defineHandler(({ context }) => {
        const { title, text } = posts[context.params!.slug as keyof typeof posts]
        return show(\`<h1>\${title.replace('&', '&amp;')}</h1><p>\${text}</p>\`)
      }),
    },
  }),
)
`

/** What docs/rendered.md shows: what to install, whole files by their path, and the elements for `index.html`. */
async function readRecipes() {
  const text = await readFile(join(repository, 'docs/rendered.md'), 'utf8')
  const packages = new Set<string>()
  const files = new Map<string, string>()
  let elements = ''
  for (const [, language, code] of text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)) {
    const [, path, content] = /^(?:\/\/|<!--) (\S+)(?: -->)?\n([^]*)$/.exec(code!) ?? []
    // The last config is that of all recipes.
    if (path) files.set(path, content!)
    else if (language === 'html') elements = code!
    for (const name of /^npm install --save-dev (.*)$/m.exec(code!)?.[1]!.split(' ') ?? []) packages.add(name)
  }
  return { packages: [...packages], files, elements }
}

describe('the recipes of docs/rendered.md', () => {
  let app: ForeignApp
  const run = async (command: string, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await app.run(command, args)
    expect([command, args, exitCode, stdout + stderr]).toEqual([command, args, 0, expect.any(String)])
    return stdout
  }

  beforeAll(async () => {
    const { packages, files, elements } = await readRecipes()
    app = await foreignApp(undefined, { packages: [...packages, 'vite@8', 'h3@2'] })
    await app.write('package.json', '{ "name": "candles", "type": "module" }')
    await app.write('src/entry-server.ts', entry)
    for (const [path, content] of files) await app.write(path, content)
    const page = await app.read('index.html')
    const head =
      '<link rel="alternate" type="application/rss+xml" href="/feed.xml" /><link rel="icon" href="data:," /></head>'
    await app.write('index.html', page.replace('</body>', `${elements}</body>`).replace('</head>', head))
    await run('vite', 'build')
  })

  it('are right for the compiler', async () => {
    await app.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          module: 'esnext',
          moduleResolution: 'bundler',
          target: 'es2023',
          strict: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: true,
          noEmit: true,
          types: ['vite/client', 'vite-distill/client'],
        },
        include: ['*.ts', 'build', 'src'],
      }),
    )
    await run('node', join(repository, 'node_modules/typescript/bin/tsc'), '-p', '.')
  })

  it('write a feed of the posts, the newest first', async () => {
    const feed = await app.read('dist/static/feed.xml')
    expect(
      [...feed.matchAll(/<(?:title|link|pubDate)>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?<\//g)].map(
        ([, text]) => text,
      ),
    ).toEqual([
      'Candles',
      'https://www.example.com/',
      'Tallow',
      'https://www.example.com/posts/tallow/',
      'Sun, 01 Mar 2026 00:00:00 GMT',
      'Beeswax & honey',
      'https://www.example.com/posts/beeswax/',
      'Sun, 01 Feb 2026 00:00:00 GMT',
    ])
    expect(feed).toContain('<p>It smokes a little.</p>')
  })

  it('emit the same files from the same pages', async () => {
    const before = await app.read('dist/static.manifest.jsonl')
    const { changed, new: added, removed } = JSON.parse(await run('vite-distill', 'render', '--json'))
    expect({ changed, added, removed }).toEqual({ changed: 0, added: 0, removed: 0 })
    const withoutTime = (manifest: string) => manifest.replace(/"createdAt":"[^"]+"/, '')
    expect(withoutTime(await app.read('dist/static.manifest.jsonl'))).toBe(withoutTime(before))
  })

  it('are published and verified, and find a post in the browser', async () => {
    const lines = (await app.read('dist/static.manifest.jsonl')).trim().split('\n').slice(1)
    const manifest = new Map(
      lines.map((line) => JSON.parse(line) as ManifestFile).map((file) => [file.key, file]),
    )
    const emitted = [...manifest.values()].filter((file) => file.emitted).map(({ key }) => key)
    expect(emitted).toEqual(expect.arrayContaining(['feed.xml', 'search.json', 'pagefind/pagefind.js']))
    expect(emitted.some((key) => /^pagefind\/fragment\/.*\.pf_fragment$/.test(key))).toBe(true)

    const headers = (key: string) => manifest.get(key)?.headers
    const publicUrl = await serving(website(join(app.root, 'www'), { headers }))
    const config = await app.read('vite.config.ts')
    const target = `publish: { default: { backend: 'directory', path: 'www', publicUrl: '${publicUrl}' } },`
    await app.write('vite.config.ts', config.replace("origin: 'https", `${target} origin: 'https`))
    const { verified } = JSON.parse(await run('vite-distill', 'publish', '--yes', '--json'))
    expect(verified).toBe(manifest.size)
    expect((await fetch(`${publicUrl}feed.xml`)).headers.get('content-type')).toContain('application/rss+xml')

    if (!hasBrowser) return
    const { page, errors } = await openBrowser()
    await page.goto(publicUrl)
    await page.fill('#search input', 'summer')
    const found = page.locator('#search .pagefind-ui__result-link')
    await found.waitFor()
    expect(await found.getAttribute('href')).toBe('/posts/beeswax/')
    await page.fill('#words', 'smok')
    await page.locator('#found a').click()
    await page.waitForURL('**/posts/tallow/')
    expect(await page.locator('h1').first().textContent()).toBe('Tallow')
    expect(errors).toEqual([])
  })
})
