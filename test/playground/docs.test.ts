import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { documentOf } from '../../playground/docs/src/document.ts'
import { loadHighlighter } from '../../playground/docs/src/highlight.ts'
import { toHtml } from '../../playground/docs/src/markdown.ts'
import { entriesOf, menu, refuseUnlisted } from '../../playground/docs/src/menu.ts'
import { searchIndex } from '../../playground/docs/src/search-index.ts'
import { siteUrl } from '../../playground/docs/src/site-url.ts'
import { repository } from '../app.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vite-distill-docs-'))
  vi.stubEnv('DOCS_REPOSITORY', dir)
  await write({
    'package.json': '{ "repository": { "url": "git+https://github.com/some/one.git" } }',
    'README.md': '# One\n\nIt is one.\n\n## Documentation\n\nBuild:\n\n- [routes](docs/routes.md)\n',
    'docs/routes.md': '# Routes\n\nThe text.\n',
  })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true, force: true })
})

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
}

/** The HTML of a page of `docs/` with this text. */
async function html(text: string): Promise<string> {
  await write({ 'docs/page.md': `# Page\n\n${text}` })
  const document = documentOf('docs/page.md')
  return toHtml(document, document.tokens, await loadHighlighter())
}

describe('the menu', () => {
  const documentation = (list: string) =>
    `# One\n\n## Documentation\n\n${list}\n\n## Other\n\n[later](docs/routes.md)\n`

  it('is the list of the README, with the pages of a folder below its overview', async () => {
    await write({
      'README.md': documentation(
        'Build a site:\n\n- [routes and params](docs/routes.md), [guides](docs/guides/README.md)\n\nPublish it:\n\n- [Storages](docs/backends.md), as [routes](docs/routes.md#x) say\n- [Changes](CHANGELOG.md), [code](src/index.ts)',
      ),
      'CHANGELOG.md': '# Changelog\n',
      'src/index.ts': '',
      'docs/guides/README.md':
        '# Guides\n\n| a | b |\n| - | - |\n| [x](docker.md) | [routes](../routes.md) |\n',
      'docs/guides/docker.md': '# pnpm and Docker\n',
      'docs/backends.md': '# Storages\n\nThere are [`s3`](backends/s3.md) and [routes](routes.md).\n',
      'docs/backends/s3.md': '# Amazon S3\n',
    })
    const groups = menu()
    expect(groups.map(({ title }) => title)).toEqual(['Build a site', 'Publish it'])
    expect(entriesOf(groups).map(({ url, title }) => [url, title])).toEqual([
      ['/routes/', 'Routes and params'],
      ['/guides/', 'Guides'],
      ['/guides/docker/', 'pnpm and Docker'],
      ['/backends/', 'Storages'],
      ['/backends/s3/', 'Amazon S3'],
      ['/changelog/', 'Changes'],
    ])
    expect(groups[1]!.entries[0]!.children.map(({ url }) => url)).toEqual(['/backends/s3/'])
  })

  it('lacks a page that nothing links to: an error', async () => {
    await write({ 'docs/lost.md': '# Lost\n', 'docs/routes/deep.md': '# Deep\n' })
    expect(() => refuseUnlisted(menu())).toThrow(
      /^`docs\/lost.md`, `docs\/routes\/deep.md`: not in the menu\. Link each page of `docs\/`/,
    )
  })

  it('needs the section of the README', async () => {
    await write({ 'README.md': '# One\n' })
    expect(menu).toThrow('`README.md` has no heading "Documentation"')
  })

  it('needs the title of each page', async () => {
    await write({ 'docs/routes.md': 'No title.\n' })
    expect(() => documentOf('docs/routes.md')).toThrow('`docs/routes.md` has no title')
  })
})

describe('ids of headings are those of GitHub', () => {
  // As GitHub shows them: docs/ links to some of these.
  test.each([
    ['What is missed, and why', 'what-is-missed-and-why'],
    ['`render(url)`', 'renderurl'],
    ['`/about` without a website endpoint', 'about-without-a-website-endpoint'],
    ['Express, Koa, Fastify', 'express-koa-fastify'],
    ['A **bold** [link](routes.md) & more', 'a-bold-link--more'],
    ['`cache_key` – été, 味噌', 'cache_key--été-味噌'],
    ['`_headers` and `_redirects`', '_headers-and-_redirects'],
  ])('%s', async (heading, id) => {
    expect(await html(`## ${heading}\n`)).toContain(`<h2 id="${id}">`)
  })

  it('with a number from the second on', async () => {
    const ids = [
      ...(await html('## Fixed\n\n### Fixed\n\n## Fixed 1\n\n## Fixed\n')).matchAll(/ id="([^"]+)"/g),
    ]
    expect(ids.map(([, id]) => id)).toEqual(['fixed', 'fixed-1', 'fixed-1-1', 'fixed-2'])
  })
})

describe('links', () => {
  beforeEach(async () => {
    await write({
      'CHANGELOG.md': '# Changelog\n',
      'playground/h3/src/home.ts': '',
      'docs/backends/s3.md': '# S3\n',
      'docs/guides/README.md': '# Guides\n',
      'docs/plot.svg': '<svg viewBox="0 0 640 360"/>',
      'docs/guides/deep/plot.svg': '<svg viewBox="0 0 1 1"/>',
    })
  })

  test.each([
    ['docs/page.md', 'routes.md', '/routes/'],
    ['docs/page.md', 'backends/s3.md#a-b', '/backends/s3/#a-b'],
    ['docs/backends/s3.md', '../routes.md#page', '/routes/#page'],
    ['docs/backends/s3.md', '../guides/README.md', '/guides/'],
    ['docs/page.md', '../CHANGELOG.md', '/changelog/'],
    ['docs/page.md', '../README.md#quick-start', '/#quick-start'],
    ['CHANGELOG.md', 'docs/routes.md', '/routes/'],
    ['docs/page.md', 'plot.svg', '/images/plot.svg'],
    ['docs/guides/README.md', 'deep/plot.svg', '/images/guides/deep/plot.svg'],
    ['docs/page.md', '#here', '#here'],
    ['docs/page.md', 'https://example.com/a.md', 'https://example.com/a.md'],
    ['docs/page.md', '../playground/h3', 'https://github.com/some/one/tree/main/playground/h3'],
    ['docs/page.md', '../playground/h3/', 'https://github.com/some/one/tree/main/playground/h3'],
    [
      'docs/page.md',
      '../playground/h3/src/home.ts#L3',
      'https://github.com/some/one/blob/main/playground/h3/src/home.ts#L3',
    ],
  ])('of %s to %s', (from, href, url) => {
    expect(siteUrl(href, from)).toBe(url)
  })

  it('to a file that is not there are an error', () => {
    expect(() => siteUrl('../src/gone.ts', 'docs/page.md')).toThrow(
      '`docs/page.md` links to `../src/gone.ts`, and there is no `src/gone.ts`.',
    )
  })

  it('and images of a page are those of the site', async () => {
    const page = await html('[`a`](routes.md?"x) ![Time & memory](plot.svg)\n').catch(String)
    expect(page).toContain('there is no `docs/routes.md?"x`')
    expect(await html('[`a`](routes.md#b) ![Time & memory](plot.svg)\n')).toContain(
      '<p><a href="/routes/#b"><code>a</code></a> <img src="/images/plot.svg" alt="Time &amp; memory" width="640" height="360" loading="lazy"></p>',
    )
  })
})

test.each([
  ['bare.svg', '`docs/bare.svg` has no `viewBox="0 0 width height"`.'],
  ['photo.png', '`https://github.com/some/one/blob/main/docs/photo.png` is no image of the site'],
])('an image without a known size is an error: %s', async (file, message) => {
  await write({ [`docs/${file}`]: '<svg/>' })
  await expect(html(`![An image](${file})`)).rejects.toThrow(message)
})

describe('Markdown', () => {
  it('has the tokens of code in classes, and what is not code escaped', async () => {
    const page = await html("```ts\nconst a = '<b>' // c & d\n```\n\n```\n<plain> & text\n```\n")
    expect(page).toContain(
      `<pre role="group" aria-label="TypeScript code" tabindex="0"><code><span class="k">const </span><span class="c">a </span>= <span class="s">'&lt;b&gt;' </span><span class="m">// c &amp; d</span>\n</code></pre>`,
    )
    expect(page).toContain('<code>&lt;plain&gt; &amp; text\n</code>')
  })

  it('refuses code in a language that is not loaded', async () => {
    await expect(html('```cobol\nADD 1 TO A\n```\n')).rejects.toThrow('cobol')
  })

  it('names each table by its heading, and has no empty header', async () => {
    const page = await html(
      '## Sizes\n\n|   | s |\n| - | -: |\n| a | 1 |\n\n| b | c |\n| - | - |\n| d | e |\n',
    )
    expect(page).toContain(
      '<div class="table numbers" role="group" aria-label="Table: Sizes" tabindex="0"><table>\n<thead>\n<tr>\n<td></td><th class="right">s</th></tr>',
    )
    expect(page).toContain('<div class="table" role="group" aria-label="Table: Sizes (2)"')
  })

  it('leaves out comments', async () => {
    expect(await html('<!-- bench:x -->\n\nA text.\n')).not.toContain('bench')
  })
})

test('the search finds a section by its words, and a name in camel case by a part of it', async () => {
  await write({
    'docs/routes.md':
      '# Routes\n\nThe text.\n\n## `distillCacheKey`\n\nWhat a page needs.\n\n```sh\nnpm run demo\n```\n',
  })
  const index = searchIndex(entriesOf(menu()))
  const ids = (words: string) => index.search(words).map(({ id }) => id)
  expect(ids('cache key')).toEqual(['/routes/#distillcachekey'])
  expect(ids('npm demo')).toEqual(['/routes/#distillcachekey'])
  expect(ids('text')).toEqual(['/routes/'])
  expect(ids('rout')).toContain('/routes/')
  expect(ids('cobol')).toEqual([])
})

test('the documentation of this repository has a menu', () => {
  vi.stubEnv('DOCS_REPOSITORY', repository)
  const groups = menu()
  refuseUnlisted(groups)
  const entries = entriesOf(groups)
  expect(entries.map(({ url }) => url)).toEqual(
    expect.arrayContaining(['/routes/', '/backends/s3/', '/changelog/']),
  )
  for (const { file } of entries) expect(documentOf(file).description, file).not.toBe('')
})
