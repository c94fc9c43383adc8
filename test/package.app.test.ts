import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repository } from './app.ts'
import { start } from './start.ts'

/** The code blocks of the README's quick start, by the file that their first line names. */
async function quickStart(): Promise<Map<string, string>> {
  const readme = await readFile(join(repository, 'README.md'), 'utf8')
  const section = readme.split('## Quick start')[1]!.split('\n## ')[0]!
  const blocks = [...section.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)]
  return new Map(blocks.map(([, path, code]) => [path!, code!]))
}

/** Checks that the `server.js` of docs/hybrid.md serves the site's files, and lets the app answer the rest. */
async function answersAsHybrid(app: string): Promise<void> {
  const docs = await readFile(join(repository, 'docs/hybrid.md'), 'utf8')
  const [, code] = /```js\n\/\/ server\.js\n([^]*?)```/.exec(docs)!
  await writeFile(join(app, 'server.js'), code!)
  const origin = await start({ dir: app, env: {} }, 'server.js')
  const post = async (slug: string) => (await fetch(`${origin}/posts/${slug}/`)).text()
  expect(await post('first')).toBe(await readFile(join(app, 'dist/static/posts/first/index.html'), 'utf8'))
  expect(await post('third')).toContain('<h1>Post third</h1>')
}

/** The ids that GitHub gives the headings of a page. */
const headingIds = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )

it('every relative link of the documentation leads to a file and a heading', async () => {
  const inDocs = await readdir(join(repository, 'docs'), { recursive: true })
  const files = [...(await readdir(repository)), ...inDocs.map((file) => `docs/${file}`)]
  const broken: string[] = []
  for (const page of files.filter((file) => file.endsWith('.md'))) {
    const markdown = await readFile(join(repository, page), 'utf8')
    // Code is no text: `handlers[slug](event)` is no link.
    const text = markdown.replace(/```[^]*?```|`[^`\n]*`/g, '')
    for (const [, path, id] of text.matchAll(/\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]+))?\)/g)) {
      const target = path === '' ? join(repository, page) : join(repository, dirname(page), path!)
      const leads = id
        ? headingIds(await readFile(target, 'utf8').catch(() => '')).includes(id)
        : existsSync(target)
      if (!leads) broken.push(`${page}: ${path}${id ? `#${id}` : ''}`)
    }
  }
  expect(broken).toEqual([])
})

describe('the package', () => {
  let dir: string
  let tarball: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vite-distill-package-'))
    const { stdout } = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir], {
      cwd: repository,
    })
    // npm 11 and 12 differ in the shape.
    const report = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>
    tarball = join(dir, Object.values(report)[0]!.filename)
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  it('contains only what a user needs', async () => {
    const { stdout } = await execa('tar', ['-tzf', tarball])
    const files = stdout.split('\n').map((file) => file.replace('package/', ''))
    expect(files.filter((file) => !file.startsWith('dist/')).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'client.d.ts',
      'package.json',
    ])
    for (const file of files.filter((file) => file.startsWith('dist/')))
      expect(file).toMatch(/\.(js|d\.ts)$|^dist\/report\/app\.html$/)
    expect(files).toContain('dist/report/app.html')
  })

  it('has a report page that asks for nothing from elsewhere, in less than 150 kB', async () => {
    const page = await readFile(join(repository, 'dist/report/app.html'))
    expect(gzipSync(page).length).toBeLessThan(150_000)
    const html = page.toString()
    expect(html.split('<script type="application/json" id="data"></script>')).toHaveLength(2)
    expect(html).toContain(`content="default-src 'none'; script-src 'sha256-`)
    expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)="(?!data:)/)
  })

  it('loads no SDK until it is used', async () => {
    const coverage = await mkdtemp(join(dir, 'coverage-'))
    const code =
      "await import('vite-distill/app'); await import('vite-distill/cdn'); await import('vite-distill')"
    // V8's coverage lists every module that was loaded.
    await execa(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: repository,
      env: { NODE_V8_COVERAGE: coverage },
    })
    const [report] = await readdir(coverage)
    const { result } = JSON.parse(await readFile(join(coverage, report!), 'utf8')) as {
      result: { url: string }[]
    }
    const urls = result.map(({ url }) => url)
    expect(urls.some((url) => url.endsWith('/dist/index.js'))).toBe(true)
    expect(urls.filter((url) => /node_modules\/(@aws-sdk|@smithy|@google-cloud|@azure)\//.test(url))).toEqual(
      [],
    )
  })

  it("works in a new Vite project as the README's quick start says", async () => {
    const run = (command: string, ...args: string[]) =>
      execa(command, args, { cwd: join(dir, 'app'), env: { NO_COLOR: '1' } })
    await execa(
      'npm',
      ['create', '--yes', 'vite@9', 'app', '--', '--template', 'vanilla-ts', '--no-interactive'],
      { cwd: dir },
    )
    await run('npm', 'install', '--no-audit', '--no-fund', 'h3@2', 'srvx@1', tarball)
    const files = await quickStart()
    expect([...files.keys()]).toEqual(['vite.config.ts', 'src/entry-server.ts'])
    for (const [path, code] of files) {
      await mkdir(dirname(join(dir, 'app', path)), { recursive: true })
      await writeFile(join(dir, 'app', path), code)
    }
    // The template's `build` script checks the types of `src` first.
    const { stdout } = await run('npm', 'run', 'build')
    expect(stdout).toContain('distilled 3 pages')
    const published = await run('npx', 'vite-distill', 'publish', '--yes')
    expect(published.stdout).toContain('9 uploaded')
    const post = await readFile(join(dir, 'app/www/posts/first/index.html'), 'utf8')
    expect(post).toContain('<body><h1>Post first</h1>')
    expect(post).toMatch(/<script type="module" crossorigin src="\/assets\/index-[\w-]+\.js">/)
    await answersAsHybrid(join(dir, 'app'))
    const missing = await run('npx', 'vite-distill', 'publish', 's3-prod', '--yes').catch(
      (error: unknown) => error,
    )
    expect(missing).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('npm install --save-dev @aws-sdk/client-s3'),
    })
  })
})
