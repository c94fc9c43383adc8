import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Scope } from '../../../src/cdn/tag/vcs.ts'
import { takeTag } from '../../../src/cdn/tag/tag.ts'

const has = (command: string) => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const hasMercurial = has('hg')
if (!hasMercurial) console.warn('Mercurial is not installed: its tests are skipped.')

const made: string[] = []
const temporary = () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vite-distill-tag-')))
  made.push(dir)
  return dir
}
afterAll(() => made.forEach((dir) => rmSync(dir, { recursive: true, force: true })))

function write(dir: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
}

/** Away from the settings of whoever runs the tests. */
function env(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  onTestFinished(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

const app = {
  'public/a.jpg': 'a',
  'src/entry-server.ts': 'export default 1\n',
  '.gitignore': 'dist\n*.log\n',
}
const tagOf = (root: string, more: Partial<Scope> = {}) => takeTag({ root, ...more }).tag
const dirty = (id: string) => new RegExp(`^${id.slice(0, 14)}-[0-9a-f]{8}$`)
const time = /^20\d{12}$/

describe('with git', () => {
  let dir: string
  let git: (...args: string[]) => string
  const gitIn =
    (cwd: string) =>
    (...args: string[]) =>
      execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  const commit = () => {
    git('add', '--all')
    git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '--message=x')
    return git('rev-parse', 'HEAD')
  }

  beforeEach(() => {
    env('GIT_CONFIG_GLOBAL', '/dev/null')
    env('GIT_CONFIG_NOSYSTEM', '1')
    dir = temporary()
    git = gitIn(dir)
    git('init', '--quiet')
    write(dir, app)
  })

  it('is the first 14 characters of the commit', () => {
    const id = commit()
    expect(tagOf(dir)).toBe(id.slice(0, 14))
    expect(takeTag({ root: dir }, true)).toEqual({ tag: id.slice(0, 14) })
  })

  it('says more where something is not committed, and the same for the same content', () => {
    const id = commit()
    write(dir, { 'public/a.jpg': 'b' })
    const changed = tagOf(dir)
    expect(changed).toMatch(dirty(id))
    git('add', '--all')
    expect(tagOf(dir)).toBe(changed)
    write(dir, { 'public/a.jpg': 'c' })
    const again = tagOf(dir)
    expect(again).toMatch(dirty(id))
    expect(again).not.toBe(changed)
    write(dir, { 'public/a.jpg': 'b' })
    expect(tagOf(dir)).toBe(changed)
    write(dir, { 'public/a.jpg': 'a' })
    expect(tagOf(dir)).toBe(id.slice(0, 14))
  })

  it('is another one for each kind of change', () => {
    const id = commit()
    const tags = new Set([tagOf(dir)])
    const undo = () => {
      git('reset', '--quiet', '--hard')
      git('clean', '--quiet', '--force', '--force', '-d')
    }
    const changes = [
      () => write(dir, { 'public/new.jpg': 'a' }),
      () => write(dir, { 'public/deep/é "b.jpg': 'a' }),
      () => rmSync(join(dir, 'public/a.jpg')),
      () => chmodSync(join(dir, 'public/a.jpg'), 0o755),
      () => symlinkSync('a.jpg', join(dir, 'public/link.jpg')),
      () => symlinkSync('nowhere', join(dir, 'public/link.jpg')),
      () => git('mv', 'public/a.jpg', 'public/b.jpg'),
      () => appendFileSync(join(dir, 'src/entry-server.ts'), '\n'),
      () => {
        git('init', '--quiet', 'inner')
        write(dir, { 'inner/a.jpg': 'a' })
      },
    ]
    for (const change of changes) {
      undo()
      change()
      expect(tagOf(dir)).toMatch(dirty(id))
      tags.add(tagOf(dir))
    }
    expect(tags.size).toBe(changes.length + 1)
  })

  it('sees another commit in a submodule', () => {
    const inner = temporary()
    gitIn(inner)('init', '--quiet')
    const save = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '--message=x']
    gitIn(inner)(...save, '--allow-empty')
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub')
    const id = commit()
    expect(tagOf(dir)).toBe(id.slice(0, 14))
    const tags = ['one', 'two'].map(() => {
      gitIn(join(dir, 'sub'))(...save, '--allow-empty')
      return tagOf(dir)
    })
    expect(new Set(tags).size).toBe(2)
    for (const tag of tags) expect(tag).toMatch(dirty(id))
  })

  it('leaves out what git ignores, packages, and what builds and publishes write', () => {
    const id = commit()
    write(dir, {
      'dist/index.html': 'x',
      'x.log': 'x',
      'node_modules/x/index.js': 'x',
      'web/index.html': 'x',
    })
    expect(tagOf(dir)).toMatch(dirty(id))
    expect(tagOf(dir, { except: [join(dir, 'web')] })).toBe(id.slice(0, 14))
    write(dir, { 'website.html': 'x' })
    expect(tagOf(dir, { except: [join(dir, 'web')] })).toMatch(dirty(id))
  })

  it('is of the app where the repository holds more', () => {
    write(dir, { 'apps/a/index.html': 'a', 'apps/b/index.html': 'b', 'shared/public/a.jpg': 'a' })
    const id = commit()
    const root = join(dir, 'apps/a')
    expect(tagOf(root)).toBe(id.slice(0, 14))
    write(dir, { 'apps/b/index.html': 'bb', 'apps/a b': 'x' })
    expect(tagOf(root)).toBe(id.slice(0, 14))
    expect(tagOf(join(dir, 'apps/b'))).toMatch(dirty(id))
    write(dir, { 'shared/public/a.jpg': 'aa' })
    expect(tagOf(root)).toBe(id.slice(0, 14))
    expect(tagOf(root, { more: [join(dir, 'shared/public')] })).toMatch(dirty(id))
    write(dir, { 'apps/a/new.html': 'a' })
    expect(tagOf(root)).toMatch(dirty(id))
  })

  it('is the same in another place, and through a symbolic link', () => {
    commit()
    write(dir, { 'public/a.jpg': 'b' })
    const clone = join(temporary(), 'clone')
    gitIn(dirname(clone))('clone', '--quiet', dir, clone)
    write(clone, { 'public/a.jpg': 'b' })
    expect(tagOf(clone)).toBe(tagOf(dir))
    const link = join(temporary(), 'link')
    symlinkSync(dir, link)
    expect(tagOf(link)).toBe(tagOf(dir))
  })

  it('works on a detached head, in a shallow clone and in a second worktree', () => {
    const first = commit()
    write(dir, { 'public/a.jpg': 'b' })
    const second = commit()
    const clone = join(temporary(), 'clone')
    gitIn(dirname(clone))('clone', '--quiet', '--depth=1', `file://${dir}`, clone)
    expect(gitIn(clone)('rev-parse', '--is-shallow-repository')).toBe('true')
    expect(tagOf(clone)).toBe(second.slice(0, 14))
    git('checkout', '--quiet', '--detach', first)
    expect(tagOf(dir)).toBe(first.slice(0, 14))
    const tree = join(temporary(), 'tree')
    git('worktree', 'add', '--quiet', '--detach', tree, second)
    expect(tagOf(tree)).toBe(second.slice(0, 14))
  })

  it('works in a repository with SHA-256', () => {
    dir = temporary()
    git = gitIn(dir)
    git('init', '--quiet', '--object-format=sha256')
    write(dir, app)
    const id = commit()
    expect(id).toHaveLength(64)
    expect(tagOf(dir)).toBe(id.slice(0, 14))
  })

  it('is the time, without a word, where there is no commit to be had', () => {
    expect(takeTag({ root: dir })).toEqual({ tag: expect.stringMatching(time) })
    expect(takeTag({ root: temporary() })).toEqual({ tag: expect.stringMatching(time) })
    // An app that git ignores is in no commit.
    write(dir, { 'dist/app/index.html': 'x' })
    commit()
    expect(takeTag({ root: join(dir, 'dist/app') })).toEqual({ tag: expect.stringMatching(time) })
  })

  it('says why it is the time where a commit was asked for', () => {
    expect(takeTag({ root: dir }, true).warning).toContain('the git repository has no commit')
    expect(takeTag({ root: temporary() }, true).warning).toContain('this is no git repository')
    write(dir, { 'dist/app/index.html': 'x' })
    expect(takeTag({ root: join(dir, 'dist/app') }, true).warning).toContain('has no commit')
    commit()
    expect(takeTag({ root: join(dir, 'dist/app') }, true).warning).toContain('git ignores this folder')
  })

  it('is the time where git is not installed', () => {
    commit()
    env('PATH', temporary())
    expect(takeTag({ root: dir })).toEqual({ tag: expect.stringMatching(time) })
    expect(takeTag({ root: dir }, true).warning).toContain('git is not installed')
  })

  it('is the time, with a warning, where git refuses because of the owner', () => {
    commit()
    // What git itself is tested with: it takes every repository for somebody else's.
    env('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1')
    expect(takeTag({ root: dir })).toEqual({
      tag: expect.stringMatching(time),
      warning: expect.stringContaining('git refused: detected dubious ownership in repository'),
    })
  })

  it('is the time, with a warning, where the repository is broken', () => {
    commit()
    writeFileSync(join(dir, '.git/index'), 'broken')
    expect(takeTag({ root: dir }).warning).toMatch(/git refused: .*index file/)
  })

  it('leaves the repository as it is', () => {
    commit()
    write(dir, { 'public/a.jpg': 'b' })
    const before = execFileSync('sha256sum', [join(dir, '.git/index')], { encoding: 'utf8' })
    tagOf(dir)
    expect(execFileSync('sha256sum', [join(dir, '.git/index')], { encoding: 'utf8' })).toBe(before)
  })
})

describe.skipIf(!hasMercurial)('with Mercurial', () => {
  let dir: string
  const hg = (...args: string[]) => execFileSync('hg', args, { cwd: dir, encoding: 'utf8' }).trim()
  const commit = () => {
    hg('addremove', '--quiet')
    hg('commit', '--user=x', '--message=x')
    return hg('tip', '--template={node}')
  }

  beforeEach(() => {
    env('HGRCPATH', '')
    dir = temporary()
    hg('init')
    write(dir, { ...app, '.hgignore': 'syntax: glob\ndist\n.git\n' })
  })

  it('is the first 14 characters of the tip', () => {
    const id = commit()
    expect(tagOf(dir)).toBe(id.slice(0, 14))
    mkdirSync(join(dir, 'dist'))
    expect(tagOf(join(dir, 'dist'))).toBe(id.slice(0, 14))
  })

  it('says more where something is not committed', () => {
    const id = commit()
    write(dir, { 'public/new é.jpg': 'a', 'dist/x': 'x' })
    const added = tagOf(dir)
    expect(added).toMatch(dirty(id))
    expect(tagOf(join(dir, 'src'))).toBe(id.slice(0, 14))
    expect(tagOf(join(dir, 'public'))).toBe(added)
    rmSync(join(dir, 'public/new é.jpg'))
    expect(tagOf(dir)).toBe(id.slice(0, 14))
    rmSync(join(dir, 'public/a.jpg'))
    expect(tagOf(dir)).toMatch(dirty(id))
    expect(tagOf(dir)).not.toBe(added)
  })

  it('is what is checked out, where that is not the tip', () => {
    const first = commit()
    write(dir, { 'public/a.jpg': 'b' })
    commit()
    hg('update', '--quiet', first)
    expect(tagOf(dir)).toBe(first.slice(0, 14))
  })

  it('comes after git', () => {
    const id = commit()
    const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, encoding: 'utf8' })
    git('init', '--quiet')
    expect(tagOf(dir)).toBe(id.slice(0, 14))
    git('add', '--all')
    git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '--message=x')
    expect(tagOf(dir)).toBe(git('rev-parse', 'HEAD').slice(0, 14))
  })

  it('is the time where there is no commit', () => {
    expect(takeTag({ root: dir })).toEqual({ tag: expect.stringMatching(time) })
    expect(takeTag({ root: dir }, true).warning).toContain('the Mercurial repository has no commit')
  })

  it('is the time, with a warning, where the repository is broken', () => {
    commit()
    writeFileSync(join(dir, '.hg/requires'), 'a-future-format\n')
    expect(takeTag({ root: dir }).warning).toContain('Mercurial refused: ')
  })
})

it('is the time in UTC', () => {
  vi.useFakeTimers({ now: Date.UTC(2031, 4, 6, 7, 8, 9, 10) })
  onTestFinished(() => void vi.useRealTimers())
  expect(tagOf(temporary())).toBe('20310506070809')
})
