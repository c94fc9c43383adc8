import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blog, contents, Project } from '../project.ts'

/** A project whose site was built and published once. */
async function published(): Promise<Project> {
  const project = new Project()
  project.build(blog())
  await project.publish()
  return project
}

const pages = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.html`, `page ${i}`]))

test('a site that was never built', async () => {
  const error = await new Project().fail()
  expect(error).toMatchObject({ exitCode: 2, code: 'NOT_BUILT' })
  expect(error.hint).toContain('vite build')
})

test('an empty site', async () => {
  const project = await published()
  project.build({})
  expect(await project.fail('--yes')).toMatchObject({ exitCode: 3, code: 'SITE_EMPTY' })
  expect(project.published()).toEqual(blog())
})

test('a build that was interrupted', async () => {
  const project = await published()
  mkdirSync(`${project.siteDir}.staging`)
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 3, code: 'SITE_INCOMPLETE' })
  expect(error.message).toMatch(/interrupted, or is still running/)
})

test.each([
  [
    'with another content of the same size',
    (path: string) => writeFileSync(path, 'x'.repeat(5 + 1)),
    'another content',
  ],
  ['with another size', (path: string) => writeFileSync(path, 'longer than it was'), 'another size'],
  ['that is missing', (path: string) => rmSync(path), 'is missing'],
  ['that became a folder', (path: string) => (rmSync(path), mkdirSync(path)), 'is missing'],
])('a file %s', async (_, change, how) => {
  const project = await published()
  change(join(project.siteDir, 'logo.png'))
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 3, code: 'SITE_CHANGED' })
  expect(error.message).toContain('`logo.png`')
  expect(error.message).toContain(how)
  expect(project.published()).toEqual(blog())
})

test('a changed file with an old date is noticed when it is read', async () => {
  const project = new Project()
  project.build(blog())
  const path = join(project.siteDir, 'logo.png')
  writeFileSync(path, 'LOGO 1')
  utimesSync(path, new Date(2000, 1), new Date(2000, 1))
  const error = await project.fail()
  // Others are uploaded by then: it cannot be a refusal that changed nothing.
  expect(error).toMatchObject({ exitCode: 4, code: 'TRANSFER_FAILED' })
  expect(error.message).toContain('`logo.png` has another content')
  expect(error.hint).toContain('Nothing was deleted')
  // It is an asset, and assets are uploaded before pages.
  expect(Object.keys(project.published()).filter((key) => key.endsWith('.html'))).toEqual([])
})

test('a file that the build did not make is not published', async () => {
  const project = new Project()
  project.build(blog())
  project.write('dist/static/notes.txt', 'private')
  await project.publish()
  expect(project.published()).toEqual(blog())
})

test.each(['../../secret.txt', '/etc/passwd', '.vite-distill/state.json', 'a//b', ''])(
  'a manifest that names `%s`',
  async (key) => {
    const project = new Project()
    project.build({ 'index.html': 'home', 'x.txt': { content: 'x', key } })
    expect(await project.fail()).toMatchObject({ exitCode: 2, code: 'MANIFEST_INVALID' })
  },
)

test.each([
  ['without `url`', (line: string) => line.replace(/"url":"[^"]*",/, ''), 'line 2 has no valid `url`'],
  ['that is cut', (line: string) => line.slice(0, 40), 'a line is not JSON'],
  ['that is `null`', () => 'null', 'line 2 is not an object'],
])('a manifest with a line %s', async (_, change, why) => {
  const project = await published()
  const path = `${project.siteDir}.manifest.jsonl`
  const [header, first, ...rest] = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, [header, change(first!), ...rest].join('\n'))
  for (const flags of [[], ['--verify', 'all']]) {
    const error = await project.fail(...flags)
    expect(error).toMatchObject({ exitCode: 2, code: 'MANIFEST_INVALID' })
    expect(error.message).toBe(`cannot read the manifest \`${path}\`: ${why}`)
    expect(error.hint).toContain('vite build')
  }
})

test('a site without a root page where there was one', async () => {
  const project = await published()
  const { 'index.html': _, ...rest } = blog()
  project.build(rest)
  expect(await project.fail('--yes')).toMatchObject({ exitCode: 3, code: 'INDEX_MISSING' })
  expect(project.published()).toEqual(blog())
})

test('a target that holds another site', async () => {
  const project = await published()
  project.build({ 'index.html': 'other' }, { siteId: 'other' })
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 3, code: 'SITE_FOREIGN' })
  expect(error.message).toMatch(/holds the site `test`, and this is `other`/)
  expect(project.published()).toEqual(blog())
})

test('more deletes than usual', async () => {
  const project = new Project()
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.html`, `${i}`]))
  project.build({ 'index.html': 'home', ...many })
  await project.publish()
  project.build({ 'index.html': 'home' })
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 3, code: 'TOO_MANY_DELETES' })
  expect(error.message).toMatch(/300 of the 301 objects/)
  expect(error.hint).toContain('`--max-deletes 300`')

  const dry = await project.run(['publish', '--dry-run', '--json'])
  expect(dry.exitCode).toBe(3)
  expect(JSON.parse(String(dry.stdout))).toMatchObject({
    counts: { delete: 300 },
    refused: { code: 'TOO_MANY_DELETES' },
  })
  expect(Object.keys(project.published())).toHaveLength(301)
  expect((await project.publish('--yes', '--max-deletes', '300')).counts.delete).toBe(300)
})

test('unmanaged objects do not allow more deletes', async () => {
  const project = new Project()
  project.build({ 'index.html': 'home', ...pages(1799) })
  await project.publish()
  for (let i = 0; i < 8000; i++) writeFileSync(join(project.www, `unmanaged-${i}.txt`), '')
  project.build({ 'index.html': 'home' })
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 3, code: 'TOO_MANY_DELETES' })
  expect(error.message).toContain(
    `would delete 1799 of the 1800 objects that earlier publishes wrote to \`${project.www}/\`, and at most 450 deletes are allowed`,
  )
  expect(Object.keys(project.published())).toHaveLength(1800 + 8000)
  // They do not with --adopt either, which would delete them too.
  const adopting = await project.fail('--yes', '--adopt')
  expect(adopting).toMatchObject({ exitCode: 3, code: 'TOO_MANY_DELETES' })
  expect(adopting.message).toContain('would delete 1799 of the 1800 objects that earlier publishes wrote')
  expect(adopting.message).toContain('and 8000 unmanaged objects')
  expect(adopting.hint).toContain('`--max-deletes 9799`')
  expect(Object.keys(project.published())).toHaveLength(1800 + 8000)
})

test.each([
  // Five may always go.
  [7, 5, true],
  [7, 6, false],
  // Of more pages, a quarter.
  [40, 10, true],
  [40, 11, false],
])('of %i pages, a build that loses %i', async (before, lost, allowed) => {
  const project = new Project()
  const assets = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.txt`, `${i}`]))
  project.build({ 'index.html': 'home', ...pages(before - 1), ...assets })
  await project.publish()
  project.build({ 'index.html': 'home', ...pages(before - 1 - lost), ...assets })
  if (allowed) {
    expect((await project.publish('--yes')).counts.delete).toBe(lost)
    return
  }
  const error = await project.fail('--yes')
  expect(error).toMatchObject({ exitCode: 3, code: 'TOO_MANY_DELETES' })
  expect(error.message).toContain(`would delete ${lost} of the ${before} pages`)
  expect(error.message).toContain(`at most ${lost - 1} are allowed`)
  expect(error.hint).toContain(`\`--max-deletes ${lost}\``)
  expect(Object.keys(project.published())).toHaveLength(before + 300)
  expect((await project.publish('--yes', '--max-deletes', String(lost))).counts.delete).toBe(lost)
})

test('--max-deletes can also allow fewer deletes', async () => {
  const project = await published()
  const { 'logo.png': _, ...rest } = blog()
  project.build(rest)
  expect(await project.fail('--yes', '--max-deletes', '0')).toMatchObject({
    exitCode: 3,
    code: 'TOO_MANY_DELETES',
  })
})

test.each([
  ['dist/static', 'is inside the site itself'],
  ['dist/static/www', 'is inside the site itself'],
  ['dist', 'the site itself is in'],
  ['.', 'the site itself is in'],
  ['link', 'is inside the site itself'],
  ['..', 'the site itself is in'],
])('a target whose path is `%s`', async (path, why) => {
  const project = new Project({ targets: { default: { backend: 'directory', path } } })
  project.build(blog())
  symlinkSync('dist/static', join(project.root, 'link'))
  const before = contents(project.root)
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 2, code: 'OPTION_INVALID' })
  expect(error.message).toContain('`publish.default`')
  expect(error.message).toContain(why)
  expect(contents(project.root)).toEqual(before)
})

test('a target in a folder that the app is in, where the site is elsewhere', async () => {
  const project = new Project({
    outDir: '../site',
    targets: { default: { backend: 'directory', path: '.' } },
  })
  project.build(blog())
  const error = await project.fail()
  expect(error.message).toContain('the app itself is in')
})

test('a target whose folder cannot be made', async () => {
  const project = new Project({ targets: { default: { backend: 'directory', path: '../none/www' } } })
  project.build(blog())
  expect(await project.fail()).toMatchObject({ exitCode: 2, code: 'BUCKET_MISSING' })
  expect(existsSync(join(project.home, 'none'))).toBe(false)
})
