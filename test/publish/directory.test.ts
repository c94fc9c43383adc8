import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
    requests: { list: 3, get: 2, put: 11, rewrite: 0, copy: 0, remove: 1, public: 6 },
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
  expect(result.requests).toEqual({ list: 1, get: 1, put: 0, rewrite: 0, copy: 0, remove: 0, public: 0 })
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
  expect(result.requests).toEqual({ list: 3, get: 1, put: 4, rewrite: 0, copy: 0, remove: 1, public: 1 })
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

test('an unmanaged object is overwritten with --yes, and not without', async () => {
  const project = await served()
  mkdirSync(project.www)
  writeFileSync(join(project.www, 'logo.png'), 'mine')
  project.build({ ...blog(), 'old.txt': 'old' })
  const refused = await project.fail()
  expect(refused).toMatchObject({
    exitCode: 3,
    code: 'OVERWRITES_UNCONFIRMED',
    message: 'publishing would overwrite `logo.png`, which no publish wrote, and there is nobody to ask',
  })
  expect(refused.hint).toContain('--yes')
  expect((await project.run(['publish'])).stderr).toContain('~ logo.png')
  expect(project.published()).toEqual({ 'logo.png': 'mine' })

  const result = await project.publish('--yes')
  expect(result.plan).toContainEqual({ key: 'logo.png', action: 'update', reason: 'unmanaged' })
  // It is the site's own from now on.
  project.build({ ...blog(), 'logo.png': 'logo 2', 'old.txt': 'old' })
  expect((await project.publish()).plan).toEqual([{ key: 'logo.png', action: 'update', reason: 'content' }])

  writeFileSync(join(project.www, 'new.txt'), 'mine')
  project.build({ ...blog(), 'logo.png': 'logo 2', 'new.txt': 'new' })
  expect(await project.fail()).toMatchObject({
    exitCode: 3,
    code: 'DELETES_UNCONFIRMED',
    message: `publishing would delete \`old.txt\` from \`${project.www}/\` and overwrite \`new.txt\`, which no publish wrote, and there is nobody to ask`,
  })
  expect(project.published()).toMatchObject({ 'new.txt': 'mine', 'old.txt': 'old' })
})

test('without a state, nothing is an orphan and everything is unmanaged', async () => {
  const project = await served()
  project.build(blog('1'))
  await project.publish()
  rmSync(join(project.www, '.vite-distill'), { recursive: true })
  const { 'about/index.html': about, ...rest } = blog('1')
  project.build(rest)
  expect(await project.fail()).toMatchObject({ exitCode: 3, code: 'OVERWRITES_UNCONFIRMED' })
  expect(project.published()).toEqual(blog('1'))
  const result = await project.publish('--yes')
  expect(result.counts).toEqual({ upload: 0, update: 5, headers: 0, keep: 0, delete: 0 })
  expect(new Set(result.plan.map(({ reason }) => reason))).toEqual(new Set(['unmanaged']))
  expect(project.published()).toEqual({ ...rest, 'about/index.html': about })
})

const stateOf = (project: Project) => join(project.www, '.vite-distill/state.json')

/** Damages of which the state's first line remains. */
const damages: [how: string, damage: (text: string) => string][] = [
  ['cut short', (text) => text.slice(0, text.length / 2)],
  ['cut at a line', (text) => text.slice(0, text.lastIndexOf('\n["'))],
  ['with a bad record', (text) => text.replace(',"p",', ',"?",')],
  ['out of order', (text) => text.replace('"404.html"', '"zzz.html"')],
]

test.each([
  ['empty', () => ''],
  ['not JSON', () => 'hello'],
  ['of no site', (text: string) => text.replace('"siteId"', '"site"')],
  ...damages,
])('a damaged state, %s, is replaced with --adopt, and not without', async (_, damage) => {
  const project = new Project()
  project.build({ ...blog(), 'old.txt': 'old' })
  await project.publish()
  const damaged = damage(readFileSync(stateOf(project), 'utf8'))
  writeFileSync(stateOf(project), damaged)
  project.build(blog())
  for (const flags of [['--yes'], ['--dry-run'], ['--yes', '--ignore-remote-content']]) {
    const error = await project.fail(...flags)
    expect(error).toMatchObject({
      exitCode: 3,
      code: 'STATE_DAMAGED',
      message: `the state of \`${project.www}/\` cannot be read: \`.vite-distill/state.json\` or a range of it was cut short, changed or removed`,
    })
    expect(error.hint).toMatch(/`--adopt`.+ deletes what the site does not have/)
    expect(error.hint).toContain('Or remove `.vite-distill/state.json`')
  }
  expect(project.published()).toEqual({ ...blog(), 'old.txt': 'old' })
  expect(readFileSync(stateOf(project), 'utf8')).toBe(damaged)

  expect(await project.fail('--adopt')).toMatchObject({ exitCode: 3, code: 'DELETES_UNCONFIRMED' })
  const result = await project.publish('--adopt', '--yes')
  expect(result.notices[0]).toContain('could not be read')
  expect(result.counts).toMatchObject({ update: 6, delete: 1 })
  expect((await project.publish()).counts).toMatchObject({ keep: 6 })
})

test.each(damages)('a damaged state, %s, still says whose it is, and from when', async (_, damage) => {
  const project = new Project()
  project.build(blog())
  await project.publish()
  const text = readFileSync(stateOf(project), 'utf8')
  writeFileSync(stateOf(project), damage(text.replace('"siteId":"test"', '"siteId":"other"')))
  expect(await project.fail('--adopt', '--yes')).toMatchObject({ exitCode: 3, code: 'SITE_FOREIGN' })
  writeFileSync(stateOf(project), damage(text.replace(/"createdAt":"20/, '"createdAt":"21')))
  expect(await project.fail('--adopt', '--yes')).toMatchObject({ exitCode: 3, code: 'SITE_OLDER' })
})

test.each([
  ['in the same layout', (text: string) => text.replace('"version":2', '"version":9')],
  ['in another layout', () => '{"version":9,"siteId":"other","ranges":["a"]}'],
  ['on several lines', () => '{\n  "version": 9,\n  "siteId": "other"\n}\n'],
])('a state of a newer version %s is never replaced', async (_, change) => {
  const project = new Project()
  project.build(blog())
  await project.publish()
  const newer = change(readFileSync(stateOf(project), 'utf8'))
  writeFileSync(stateOf(project), newer)
  project.build({ ...blog(), 'logo.png': 'logo 2' })
  for (const flags of [[], ['--adopt', '--yes'], ['--dry-run'], ['--ignore-remote-content']]) {
    expect(await project.fail(...flags)).toMatchObject({
      exitCode: 3,
      code: 'STATE_UNKNOWN',
      message: `\`${project.www}/\` was published to by a newer vite-distill: its state has version 9, and this vite-distill reads version 2`,
      hint: 'Update vite-distill, then publish again.',
    })
  }
  expect(project.published()).toEqual(blog())
  expect(readFileSync(stateOf(project), 'utf8')).toBe(newer)
})

test('1,001 files, in pages of 1,000', async () => {
  const project = new Project()
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`posts/${i}/index.html`, `post ${i}`]),
  )
  project.build({ 'index.html': 'home', ...many })
  expect((await project.publish()).counts.upload).toBe(1001)
  project.build({ 'index.html': 'home', ...many, 'posts/7/index.html': 'new' })
  const result = await project.publish()
  expect(result.counts).toMatchObject({ update: 1, keep: 1000 })
  expect((await project.publish()).requests).toEqual({
    list: 2,
    get: 1,
    put: 0,
    rewrite: 0,
    copy: 0,
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

test('what `--verify all` finds wrong is uploaded by the next publish', async () => {
  const project = new Project()
  const site = website(project.www)
  let lies: (url: URL) => boolean = () => false
  const publicUrl = await serving((request) =>
    lies(new URL(request.url)) ? new Response('another page') : site(request),
  )
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl, verifyTimeout: 100 } })
  project.build(blog())
  await project.publish()

  // A cache that holds an older response: the object is right.
  lies = ({ pathname, search }) => pathname === '/about/' && search === ''
  expect(await project.fail('--verify', 'all')).toMatchObject({ exitCode: 5, code: 'UNVERIFIED' })
  lies = () => false
  expect(await project.publish()).toMatchObject({ plan: [], requests: { put: 0 } })

  lies = ({ pathname }) => pathname === '/about/'
  expect(await project.fail('--verify', 'all')).toMatchObject({ exitCode: 5, code: 'UNVERIFIED' })
  expect(readdirSync(join(project.www, '.vite-distill'))).toEqual(['state.json'])
  lies = () => false
  expect(await project.publish('--dry-run')).toMatchObject({ counts: { update: 1, keep: 5 } })
  expect(await project.publish()).toMatchObject({
    plan: [{ key: 'about/index.html', action: 'update', reason: 'unknown' }],
    verified: 1,
  })
  expect(await project.publish('--verify', 'all')).toMatchObject({ plan: [], verified: 6 })
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
