import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { website } from '../../src/vite/website.ts'
import { blog, Project } from './project.ts'
import { serving } from './serve.ts'

/** A project whose target is served, and so is verified. */
async function served(): Promise<Project> {
  const project = new Project()
  const publicUrl = await serving(website(project.www))
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl } })
  return project
}

test('the first publish uploads everything and verifies each file', async () => {
  const project = await served()
  project.build(blog())
  const result = await project.publish()
  expect(project.published()).toEqual(blog())
  expect(result).toMatchObject({
    target: 'default',
    to: `${project.www}/`,
    siteId: 'test',
    dryRun: false,
    counts: { upload: 6, update: 0, headers: 0, keep: 0, delete: 0 },
    unmanaged: 0,
    verified: 6,
    requests: { list: 3, get: 1, put: 9, rewrite: 0, remove: 1, public: 6 },
    notices: [],
  })
  expect(result.plan).toContainEqual({ key: 'about/index.html', action: 'upload', reason: 'new' })
})

test('a second publish finds nothing to do and says so', async () => {
  const project = await served()
  project.build(blog())
  await project.publish()
  const before = readFileSync(join(project.www, '.vite-distill/state.json'), 'utf8')
  // A new build with the same content changes nothing.
  project.build(blog())
  const result = await project.publish()
  expect(result.requests).toEqual({ list: 1, get: 1, put: 0, rewrite: 0, remove: 0, public: 0 })
  expect(result.counts).toEqual({ upload: 0, update: 0, headers: 0, keep: 6, delete: 0 })
  expect(result.plan).toEqual([])
  expect(readFileSync(join(project.www, '.vite-distill/state.json'), 'utf8')).toBe(before)
  const { stdout, exitCode } = await project.run(['publish'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('Nothing changed: 6 files')
})

test('only changed files are updated', async () => {
  const project = await served()
  project.build(blog())
  await project.publish()
  project.build({ ...blog(), 'about/index.html': 'about 2' })
  const result = await project.publish()
  expect(result.plan).toEqual([{ key: 'about/index.html', action: 'update', reason: 'content' }])
  expect(result.requests).toEqual({ list: 3, get: 1, put: 3, rewrite: 0, remove: 1, public: 1 })
  expect(project.published()['about/index.html']).toBe('about 2')
})

test('orphans are deleted with --yes, and not without', async () => {
  const project = await served()
  project.build(blog('1'))
  await project.publish()
  const { 'about/index.html': about, ...rest } = blog('2')
  expect(about).toBeDefined()
  project.build(rest)

  const refused = await project.fail()
  expect(refused).toMatchObject({ exitCode: 3, code: 'DELETES_UNCONFIRMED' })
  expect(refused.message).toContain('`about/index.html`')
  expect(project.published()).toEqual(blog('1'))

  const result = await project.publish('--yes')
  expect(result.counts).toEqual({ upload: 1, update: 4, headers: 0, keep: 0, delete: 2 })
  expect(project.published()).toEqual(rest)
})

test('deletes are always listed', async () => {
  const project = await served()
  project.build(blog('1'))
  await project.publish()
  const { 'about/index.html': _, ...rest } = blog('1')
  project.build(rest)
  const { stderr } = await project.run(['publish', '--force'])
  expect(stderr).toContain('- about/index.html')
})

test('unmanaged objects are left alone', async () => {
  const project = await served()
  project.build(blog())
  mkdirSync(project.www)
  writeFileSync(join(project.www, 'upload.zip'), 'mine')
  await project.publish()
  project.build({ 'index.html': 'only' })
  const result = await project.publish('--yes', '--max-deletes', '9')
  expect(result.unmanaged).toBe(1)
  expect(project.published()).toEqual({ 'index.html': 'only', 'upload.zip': 'mine' })
})

test('two prefixes in one folder never touch each other', async () => {
  const project = new Project({
    targets: {
      site: { backend: 'directory', path: '../www', prefix: 'site' },
      site2: { backend: 'directory', path: '../www', prefix: 'site2/' },
    },
  })
  project.build(blog('1'))
  await project.publish('site')
  project.build(blog('2'))
  await project.publish('site2')
  project.build({ 'index.html': 'only' })
  const result = await project.publish('site', '--yes')
  expect(result).toMatchObject({ unmanaged: 0, to: `${project.www}/site/`, counts: { delete: 5 } })
  expect(project.published(join(project.www, 'site'))).toEqual({ 'index.html': 'only' })
  expect(project.published(join(project.www, 'site2'))).toEqual(blog('2'))
})

test('without a state, nothing is an orphan and everything is unknown', async () => {
  const project = await served()
  project.build(blog('1'))
  await project.publish()
  rmSync(join(project.www, '.vite-distill'), { recursive: true })
  const { 'about/index.html': about, ...rest } = blog('1')
  project.build(rest)
  const result = await project.publish()
  expect(result.counts).toEqual({ upload: 0, update: 5, headers: 0, keep: 0, delete: 0 })
  expect(new Set(result.plan.map(({ reason }) => reason))).toEqual(new Set(['unknown']))
  expect(project.published()).toEqual({ ...rest, 'about/index.html': about })
})

test.each([
  ['empty', () => ''],
  ['not JSON', () => 'hello'],
  ['cut short', (text: string) => text.slice(0, text.length / 2)],
  ['cut at a line', (text: string) => text.slice(0, text.lastIndexOf('\n["'))],
  ['of another version', (text: string) => text.replace('"version":1', '"version":9')],
  ['that has a bad record', (text: string) => text.replace(',"p",', ',"?",')],
  ['out of order', (text: string) => text.replace('"404.html"', '"zzz.html"')],
])('a state that is %s is replaced', async (_, damage) => {
  const project = new Project()
  project.build(blog())
  await project.publish()
  const path = join(project.www, '.vite-distill/state.json')
  writeFileSync(path, damage(readFileSync(path, 'utf8')))
  const result = await project.publish()
  expect(result.notices[0]).toContain('could not be read')
  expect(result.counts).toMatchObject({ update: 6, delete: 0 })
  expect((await project.publish()).counts).toMatchObject({ keep: 6 })
})

test('2,500 files, in pages of 1,000', async () => {
  const project = new Project()
  const many = Object.fromEntries(
    Array.from({ length: 2499 }, (_, i) => [`posts/${i}/index.html`, `post ${i}`]),
  )
  project.build({ 'index.html': 'home', ...many })
  expect((await project.publish()).counts.upload).toBe(2500)
  project.build({ 'index.html': 'home', ...many, 'posts/7/index.html': 'new' })
  const result = await project.publish()
  expect(result.counts).toMatchObject({ update: 1, keep: 2499 })
  expect((await project.publish()).requests).toEqual({
    list: 3,
    get: 1,
    put: 0,
    rewrite: 0,
    remove: 0,
    public: 0,
  })
})

test('an object that something else changed is repaired', async () => {
  const project = await served()
  project.build(blog())
  await project.publish()
  writeFileSync(join(project.www, 'about/index.html'), 'vandal')
  rmSync(join(project.www, 'logo.png'))
  const result = await project.publish()
  expect(result.plan).toEqual([
    { key: 'about/index.html', action: 'update', reason: 'unknown' },
    { key: 'logo.png', action: 'upload', reason: 'new' },
  ])
  expect(project.published()).toEqual(blog())
})

test('a dry run prints the plan and changes nothing', async () => {
  const project = await served()
  project.build(blog('1'))
  const first = await project.publish('--dry-run')
  expect(first).toMatchObject({ dryRun: true, counts: { upload: 6 }, requests: { put: 0 }, verified: null })
  expect(() => project.published()).toThrow('ENOENT')

  await project.publish()
  const { 'about/index.html': _, ...rest } = blog('1')
  project.build(rest)
  const second = await project.publish('--dry-run')
  expect(second.plan).toContainEqual({ key: 'about/index.html', action: 'delete', reason: 'orphan' })
  expect(second.plan).toContainEqual({ key: 'logo.png', action: 'keep', reason: 'unchanged' })
  expect(project.published()).toEqual(blog('1'))
  const { stdout } = await project.run(['publish', '--dry-run'])
  expect(stdout).toContain('- about/index.html')
})

test('--ignore-remote-content uploads all, lists nothing and deletes nothing', async () => {
  const project = await served()
  project.build(blog('1'))
  await project.publish()
  project.build(blog('2'))
  const result = await project.publish('--ignore-remote-content')
  // Both are the lock's.
  expect(result.requests).toMatchObject({ list: 1, remove: 1 })
  expect(result.counts).toEqual({ upload: 1, update: 5, headers: 0, keep: 1, delete: 0 })
  expect(project.published()).toEqual({ ...blog('1'), ...blog('2') })
  // The objects that it left are still recorded as the site's own.
  expect((await project.publish('--yes')).counts).toMatchObject({ keep: 6, delete: 1 })
  expect(project.published()).toEqual(blog('2'))
})

test('--exclude-assets neither uploads nor deletes assets', async () => {
  const project = new Project()
  project.build(blog('1'))
  await project.publish()
  project.build(blog('2'))
  const result = await project.publish('--exclude-assets')
  expect(result.counts).toEqual({ upload: 0, update: 4, headers: 0, keep: 3, delete: 0 })
  expect(Object.keys(project.published())).toEqual(
    Object.keys(project.published()).filter((key) => key !== 'assets/app-2xxxxxxx.js'),
  )
  expect((await project.publish('--yes')).counts).toEqual({
    upload: 1,
    update: 1,
    headers: 0,
    keep: 4,
    delete: 1,
  })
  expect(project.published()).toEqual(blog('2'))
})

test('the URLs of a site with a base are verified below its root', async () => {
  const project = new Project()
  const publicUrl = await serving(website(project.www, { base: '/blog/' }))
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl: `${publicUrl}blog` } })
  project.build(blog(), { base: '/blog/' })
  expect((await project.publish()).verified).toBe(6)
})

test.each([
  ['compress', { compress: [{ encoding: 'br' as const }] }],
  ['cleanUrls', { cleanUrls: true }],
])('%s is refused where the storage keeps no headers', async (option, more) => {
  const project = new Project()
  project.targets({ default: { backend: 'directory', path: '../www', ...more } })
  project.build(blog())
  const error = await project.fail()
  expect(error).toMatchObject({ exitCode: 2, code: 'OPTION_INVALID' })
  expect(error.message).toContain(
    `\`publish.default\` has \`${option}\`, and \`${project.www}/\` keeps no headers`,
  )
  expect(existsSync(project.www)).toBe(false)
})
