import { execa } from 'execa'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Staging, finishInterruptedCommit } from '../../src/staging/staging.ts'

function place() {
  const dir = mkdtempSync(join(tmpdir(), 'vite-distill-staging-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const outDir = join(dir, 'static')
  return {
    dir,
    outDir,
    stagingDir: `${outDir}.staging`,
    manifestFile: `${outDir}.manifest.jsonl`,
    cacheFile: `${outDir}.cache.jsonl`,
  }
}
type Place = ReturnType<typeof place>

function write(dir: string, files: Record<string, string>): void {
  for (const [key, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, key)), { recursive: true })
    writeFileSync(join(dir, key), text)
  }
}

/** Every file and link below a folder with its content, and every empty folder. */
function read(dir: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {}
  // Not `recursive`: since Node 24 that follows links.
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    const key = prefix + entry.name
    if (entry.isFile()) found[key] = readFileSync(path, 'utf8')
    else if (entry.isSymbolicLink()) found[key] = '(link)'
    else if (readdirSync(path).length === 0) found[`${key}/`] = ''
    else Object.assign(found, read(path, `${key}/`))
  }
  return found
}

/** Commits a site whose files are these, in the way a build does. */
function build(where: Place, files: Record<string, string>, orphans: string[] = []): void {
  const staging = Staging.open(where)
  try {
    write(staging.site, files)
    staging.commit(['new manifest'], { orphans })
  } finally {
    staging.close()
  }
}

/** The owner file of another build. */
function owned(where: Place, owner: { pid: number; machine?: string }, ageInSeconds = 0): void {
  const staging = Staging.open({ ...where, stagingDir: `${where.stagingDir}.sample` })
  const file = join(`${where.stagingDir}.sample`, 'owner.json')
  const sample = JSON.parse(readFileSync(file, 'utf8')) as object
  staging.close()
  write(where.stagingDir, { 'owner.json': JSON.stringify({ ...sample, id: 'other', ...owner }) })
  const time = Date.now() / 1000 - ageInSeconds
  utimesSync(join(where.stagingDir, 'owner.json'), time, time)
}

describe('the staging folder', () => {
  it('is one build’s at a time, as long as that lives', async () => {
    const { dir, ...where } = place()
    const other = execa('sleep', ['30'])
    onTestFinished(() => void other.kill())
    owned({ dir, ...where }, { pid: other.pid! })
    expect(() => Staging.open(where)).toThrow(
      `another build (process ${other.pid} on ${hostname()}) is distilling into`,
    )
    expect(readdirSync(dir)).toEqual(['static.staging'])
    other.kill()
    await other.catch(() => {})
    const staging = Staging.open(where)
    expect(existsSync(staging.site)).toBe(true)
    staging.close()
    expect(readdirSync(dir)).toEqual([])
  })

  it.each([
    ['a process of today has the number of the dead owner', { pid: process.pid }],
    ['the owner was on another machine', { pid: 1, machine: 'elsewhere' }],
  ])('is free a minute after its owner died, even if %s', (_, owner) => {
    const where = place()
    owned(where, owner, 5)
    expect(() => Staging.open(where)).toThrow(expect.objectContaining({ code: 'BUILD_BUSY' }))
    owned(where, owner, 70)
    Staging.open(where).close()
    expect(readdirSync(where.dir)).toEqual([])
  })

  it('belongs to the first of two builds in one process', () => {
    const where = place()
    const first = Staging.open(where)
    expect(() => Staging.open(where)).toThrow(expect.objectContaining({ code: 'BUILD_BUSY' }))
    write(first.site, { a: 'new' })
    first.commit([], { orphans: [] })
    first.close()
    expect(read(where.dir)).toEqual({ 'static/a': 'new', 'static.manifest.jsonl': '' })
  })

  it('holds files for hosts until they are moved beside the site', () => {
    const where = place()
    write(where.dir, { 'static.nginx.conf': 'last', 'static.cloudfront-function.js': 'last' })
    const staging = Staging.open(where)
    write(where.stagingDir, { 'nginx.conf': 'new' })
    expect(read(where.dir)).toMatchObject({ 'static.nginx.conf': 'last' })
    staging.commit([], { orphans: [] })
    staging.close()
    expect(read(where.dir)).toEqual({
      'static/': '',
      'static.manifest.jsonl': '',
      'static.nginx.conf': 'new',
      'static.cloudfront-function.js': 'last',
    })
  })

  it('is lost by a build that was stopped for too long: it changes nothing', () => {
    const where = place()
    const stopped = Staging.open(where)
    utimesSync(join(where.stagingDir, 'owner.json'), 1, 1)
    const second = Staging.open(where)
    expect(() => stopped.commit([], { orphans: [] })).toThrow(expect.objectContaining({ code: 'BUILD_BUSY' }))
    stopped.close()
    write(second.site, { a: 'second' })
    second.commit([], { orphans: [] })
    second.close()
    expect(read(where.outDir)).toEqual({ a: 'second' })
  })
})

describe('a commit', () => {
  it('replaces files, makes folders of files and files of folders, and removes orphans', () => {
    const where = place()
    write(where.outDir, { same: '1', changed: '1', a: '1', 'b/c/d': '1', 'e/f': '1', 'e/g': '1' })
    mkdirSync(join(where.outDir, 'empty/er'), { recursive: true })
    build(where, { changed: '2', 'a/index.html': '2', b: '2', 'n/e/w': '2', empty: '2' }, [
      'a',
      'b/c/d',
      'e/f',
    ])
    const expected = {
      same: '1',
      changed: '2',
      'a/index.html': '2',
      b: '2',
      'e/g': '1',
      'n/e/w': '2',
      empty: '2',
    }
    expect(read(where.outDir)).toEqual(expected)
    expect(readdirSync(where.dir)).toEqual(['static', 'static.manifest.jsonl'])
  })

  it.each<[why: string, prepare: (where: Place) => void, path: string]>([
    ['a folder with a file is where a file must go', ({ outDir }) => write(outDir, { 'z/file': '1' }), '/z'],
    ['a file is where a folder must go', ({ outDir }) => write(outDir, { y: '1' }), '/y'],
    ['a link is where a folder must go', ({ dir, outDir }) => symlinkSync(dir, join(outDir, 'y')), '/y'],
    ['a file for hosts is a folder', ({ outDir }) => mkdirSync(`${outDir}.nginx.conf`), '.nginx.conf'],
    ['the record of the pages is a folder', ({ cacheFile }) => mkdirSync(cacheFile), '.cache.jsonl'],
    ['the manifest is a folder', ({ manifestFile }) => mkdirSync(manifestFile), '.manifest.jsonl'],
  ])('is not begun if %s, and names it', (_, prepare, path) => {
    const where = place()
    write(where.outDir, { a: '1', 'gone.html': '1' })
    prepare(where)
    const before = read(where.dir)
    expect(() => build(where, { a: '2', 'y/new': '2', z: '2' }, ['gone.html'])).toThrow(
      expect.objectContaining({
        code: 'WRITE_FAILED',
        message: expect.stringContaining(`cannot write \`${where.outDir}${path}\`: `),
      }),
    )
    expect(read(where.dir)).toEqual(before)
  })

  it.each([
    ['a link to nothing', (path: string) => symlinkSync('nowhere', path), 'a symbolic link to a folder that'],
    ['a file', (path: string) => writeFileSync(path, ''), 'a file is there'],
  ])('is not begun if the folder of the site is %s', (_, prepare, why) => {
    const where = place()
    prepare(where.outDir)
    expect(() => Staging.open(where)).toThrow(`cannot write \`${where.outDir}\`: `)
    expect(() => Staging.open(where)).toThrow(why)
    expect(readdirSync(where.dir)).toEqual(['static'])
  })

  it('removes nothing through a link, or by a key that leads out of the site', () => {
    const where = place()
    const outside = { 'outside/a': '1', 'outside.txt': '1' }
    write(where.dir, outside)
    write(where.outDir, { a: '1', 'old.html': '1' })
    symlinkSync('../outside', join(where.outDir, 'x'))
    symlinkSync('../outside.txt', join(where.outDir, 'link'))
    build(where, { a: '2' }, [
      '../outside.txt',
      'x/a',
      '/outside.txt',
      'x/../../outside.txt',
      'link',
      'old.html',
    ])
    expect(read(where.dir)).toMatchObject(outside)
    expect(read(where.outDir)).toEqual({ a: '2', x: '(link)' })
  })

  it('replaces a link by a file, and leaves what it led to', () => {
    const where = place()
    write(where.dir, { outside: '1' })
    mkdirSync(where.outDir)
    symlinkSync('../outside', join(where.outDir, 'a'))
    build(where, { a: '2' })
    expect(read(where.dir)).toMatchObject({ outside: '1', 'static/a': '2' })
  })

  it('can go to a folder that is a link to another disk', () => {
    const where = place()
    const disk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
    const elsewhere = mkdtempSync(join(disk, 'vite-distill-staging-'))
    onTestFinished(() => rmSync(elsewhere, { recursive: true }))
    write(elsewhere, { a: '1', 'b/c': '1' })
    symlinkSync(elsewhere, where.outDir)
    build(where, { a: '2', 'n/e/w': '2' }, ['b/c'])
    expect(read(elsewhere)).toEqual({ a: '2', 'n/e/w': '2' })
  })

  it('that failed half-way is finished by the next command, once what is wrong is corrected', () => {
    const where = place()
    write(where.outDir, { a: '1', 'b/c': '1', 'old.html': '1' })
    const staging = Staging.open(where)
    write(staging.site, { a: '2', 'b/c': '2', 'd/e': '2' })
    // The commit is recorded, and then a person puts a folder where a file must go.
    const late = (function* () {
      yield 'new manifest'
      rmSync(join(where.outDir, 'b/c'))
      write(where.outDir, { 'b/c/mine.txt': 'mine' })
    })()
    expect(() => staging.commit(late, { orphans: ['old.html'] })).toThrow(
      `the new site is not wholly in place: cannot write \`${join(where.outDir, 'b/c')}\`: a folder is there that is not empty`,
    )
    staging.close()
    expect(() => finishInterruptedCommit(where)).toThrow(`\`${join(where.outDir, 'b/c')}\``)
    expect(() => Staging.open(where)).toThrow(`\`${join(where.outDir, 'b/c')}\``)
    expect(read(where.outDir)['b/c/mine.txt']).toBe('mine')
    rmSync(join(where.outDir, 'b/c'), { recursive: true })
    finishInterruptedCommit(where)
    expect(read(where.dir)).toEqual({
      'static/a': '2',
      'static/b/c': '2',
      'static/d/e': '2',
      'static.manifest.jsonl': 'new manifest',
    })
  })

  it('whose record is damaged says what to delete', () => {
    const where = place()
    owned(where, { pid: 0 }, 100)
    write(where.stagingDir, { 'commit.json': '{"orph' })
    expect(() => Staging.open(where)).toThrow(
      expect.objectContaining({ hint: `Delete \`${where.stagingDir}\`, then run \`vite build\`.` }),
    )
  })
})
