import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backends/backend.ts'
import { directoryBackend } from '../../src/backends/directory.ts'
import { contract } from './contract.ts'
import { failureOf } from './failure.ts'
import { sourceOf } from './source.ts'
import { removeKeys } from './storage.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'vite-distill-directory-'))

contract('directory', async () => {
  const root = newFolder()
  const scratch = join(root, 'www/.vite-distill/tmp')
  return {
    backend: directoryBackend({ backend: 'directory', path: 'www' }, root),
    leftovers: () => (existsSync(scratch) ? readdirSync(scratch) : []),
    close: async () => rmSync(root, { recursive: true }),
  }
})

describe('directory', () => {
  let root: string
  let www: string
  let backend: Backend

  beforeEach(() => {
    root = newFolder()
    www = join(root, 'www')
    backend = directoryBackend({ backend: 'directory', path: 'www' }, root)
  })
  afterEach(() => {
    execFileSync('chmod', ['-R', 'u+rwx', root])
    rmSync(root, { recursive: true })
  })

  const put = (key: string, content = key, ifMatch?: string | null) =>
    backend.put(key, sourceOf(content), { headers: {}, ...(ifMatch === undefined ? {} : { ifMatch }) })
  async function keys(prefix = ''): Promise<string[]> {
    const found: string[] = []
    for await (const page of backend.list(prefix)) found.push(...page.map(({ key }) => key))
    return found
  }
  const everything = (path: string) => (readdirSync(path, { recursive: true }) as string[]).sort()

  test('a file is written to the path of its key, and missing folders are created', async () => {
    expect(await keys()).toEqual([])
    expect(existsSync(www)).toBe(false)
    await put('posts/one/index.html', 'one')
    expect(readFileSync(join(www, 'posts/one/index.html'), 'utf8')).toBe('one')
    expect(backend.name).toBe(`${www}/`)
  })

  test('after `close`, only the objects are left', async () => {
    await put('index.html')
    await put('.vite-distill/state.json')
    backend.close?.()
    expect(everything(www)).toEqual(['.vite-distill', '.vite-distill/state.json', 'index.html'])
    await removeKeys(backend, ['.vite-distill/state.json'])
    backend.close?.()
    expect(everything(www)).toEqual(['index.html'])
  })

  test('removing a file removes the folders it leaves empty, and never the target', async () => {
    await put('a/b/c/one.html')
    await put('a/two.html')
    await removeKeys(backend, ['a/b/c/one.html'])
    expect(existsSync(join(www, 'a/b'))).toBe(false)
    await removeKeys(backend, ['a/two.html'])
    backend.close?.()
    expect(readdirSync(www)).toEqual([])
  })

  test.each([
    '../out.html',
    'a/../../out.html',
    'a/./b',
    '/abs',
    'a//b',
    'a/',
    '',
    'nul\0',
    '.vite-distill/tmp/x',
  ])('the key %j is rejected', async (key) => {
    await failureOf(put(key), 'rejected')
    await failureOf(backend.get(key), 'rejected')
    await failureOf(removeKeys(backend, [key]), 'rejected')
    expect(everything(root).filter((path) => !path.startsWith('www'))).toEqual([])
  })

  test('a segment that is too long for the file system is rejected', async () => {
    await failureOf(put('x'.repeat(300)), 'rejected')
  })

  test('a file in place of a folder, and a folder in place of a file, is named in the error', async () => {
    await put('a', 'file')
    const below = await failureOf(put('a/b'), 'rejected')
    expect(below.message).toContain(`\`${join(www, 'a')}\` is a file`)
    await put('c/d', 'file')
    const above = await failureOf(put('c'), 'rejected')
    expect(above.message).toContain(`\`${join(www, 'c')}\` is a folder`)
    await failureOf(put('c', 'x', null), 'precondition')
    expect(await keys()).toEqual(['a', 'c/d'])
    await removeKeys(backend, ['c'])
    expect(await keys()).toEqual(['a', 'c/d'])
  })

  test('a target that is a file, or whose parent is missing, is named in the error', async () => {
    writeFileSync(www, '')
    expect((await failureOf(put('a'), 'rejected')).message).toContain('is a file')
    await failureOf(keys(), 'rejected')
    backend = directoryBackend({ backend: 'directory', path: 'no/such/www' }, root)
    expect((await failureOf(put('a'), 'missing')).message).toContain(
      `\`${join(root, 'no/such')}\` does not exist`,
    )
    await failureOf(keys(), 'missing')
    expect(existsSync(join(root, 'no'))).toBe(false)
  })

  describe('symbolic links', () => {
    let outside: string

    beforeEach(async () => {
      outside = join(root, 'outside')
      mkdirSync(outside)
      writeFileSync(join(outside, 'secret.html'), 'secret')
      await put('index.html')
      symlinkSync(outside, join(www, 'folder'))
      symlinkSync(join(outside, 'secret.html'), join(www, 'link.html'))
      symlinkSync('loop', join(www, 'loop'))
      symlinkSync('nowhere', join(www, 'dangling'))
    })
    afterEach(() => {
      expect(everything(outside)).toEqual(['secret.html'])
      expect(readFileSync(join(outside, 'secret.html'), 'utf8')).toBe('secret')
    })

    test('are neither listed nor read', async () => {
      expect(await keys()).toEqual(['index.html'])
      expect(await backend.get('link.html')).toBeUndefined()
      expect(await backend.get('loop')).toBeUndefined()
    })

    test('lead no write out of the target', async () => {
      await failureOf(put('folder/new.html'), 'rejected')
      await failureOf(put('folder/secret.html'), 'rejected')
      await failureOf(backend.get('folder/secret.html'), 'rejected')
      await failureOf(put('link.html', 'x', null), 'precondition')
      await put('link.html', 'mine')
      await put('dangling', 'mine')
      expect(readFileSync(join(www, 'link.html'), 'utf8')).toBe('mine')
      expect(await keys()).toEqual(['dangling', 'index.html', 'link.html'])
    })

    test('lead no removal out of the target', async () => {
      await failureOf(removeKeys(backend, ['folder/secret.html']), 'rejected')
      await removeKeys(backend, ['link.html', 'folder', 'loop'])
      expect(everything(www)).not.toContain('link.html')
    })

    test('in place of the scratch folder are not followed', async () => {
      backend.close?.()
      rmSync(join(www, '.vite-distill'), { recursive: true, force: true })
      symlinkSync(outside, join(www, '.vite-distill'))
      await failureOf(put('a.html'), 'rejected')
    })

    test('as the target itself are followed', async () => {
      symlinkSync('www', join(root, 'current'))
      backend = directoryBackend({ backend: 'directory', path: 'current' }, root)
      await put('new.html')
      expect(await keys()).toEqual(['index.html', 'new.html'])
      expect(existsSync(join(www, 'new.html'))).toBe(true)
    })
  })

  test('an edit by hand changes the ETag', async () => {
    const { etag } = await put('a.html', 'one')
    writeFileSync(join(www, 'a.html'), 'two')
    const found = await backend.get('a.html')
    expect(found!.etag).not.toBe(etag)
    await failureOf(put('a.html', 'three', etag), 'precondition')
    await put('a.html', 'three', found!.etag)
    expect(readFileSync(join(www, 'a.html'), 'utf8')).toBe('three')
  })

  test('another file in its place has another ETag, though size and time are the same', async () => {
    const time = new Date('2026-01-01')
    await put('a.html', 'one')
    utimesSync(join(www, 'a.html'), time, time)
    const before = await backend.get('a.html')
    writeFileSync(join(root, 'b.html'), 'two')
    utimesSync(join(root, 'b.html'), time, time)
    renameSync(join(root, 'b.html'), join(www, 'a.html'))
    expect((await backend.get('a.html'))!.etag).not.toBe(before!.etag)
  })

  test('of many conditional puts at once, round after round, one wins each', async () => {
    const others = Array.from({ length: 5 }, () =>
      directoryBackend({ backend: 'directory', path: 'www' }, root),
    )
    let { etag } = await put('state.json', 'start')
    for (let round = 0; round < 30; round++) {
      const all = await Promise.allSettled(
        [...others, ...others].map((other, i) =>
          other.put('state.json', sourceOf(`${round} ${i}`), { headers: {}, ifMatch: etag }),
        ),
      )
      const winners = all.filter((result) => result.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      etag = winners[0]!.value.etag
      expect((await backend.get('state.json'))!.etag).toBe(etag)
    }
  })

  test('folders that are emptied while others write into them do not fail the writers', async () => {
    for (let round = 0; round < 100; round++) {
      await put('f/old.html')
      await Promise.all([
        removeKeys(backend, ['f/old.html']),
        put('f/a.html'),
        put('f/b.html'),
        put('f/c/d.html'),
      ])
      expect(await keys('f/')).toEqual(['f/a.html', 'f/b.html', 'f/c/d.html'])
      await removeKeys(backend, ['f/a.html', 'f/b.html', 'f/c/d.html'])
    }
  })

  test('the lock file of a process that died holds for a minute', async () => {
    const { etag } = await put('state.json', 'one')
    const name = createHash('sha256').update('state.json').digest('hex').slice(0, 32)
    const lock = join(www, '.vite-distill/tmp', `${name}.${etag}.0`)
    writeFileSync(lock, '')
    await failureOf(put('state.json', 'two', etag), 'precondition')
    const then = new Date(Date.now() - 61_000)
    utimesSync(lock, then, then)
    await put('state.json', 'two', etag)
    expect(readdirSync(join(www, '.vite-distill/tmp'))).toEqual([])
  })

  test('scratch files of a dead process are removed after an hour, and block nothing', async () => {
    const { etag } = await put('state.json', 'one')
    const scratch = join(www, '.vite-distill/tmp')
    writeFileSync(join(scratch, 'half-written'), 'x')
    writeFileSync(join(scratch, 'being-written'), 'x')
    const hours = (n: number) => new Date(Date.now() - n * 3_600_000)
    utimesSync(join(scratch, 'half-written'), hours(2), hours(2))
    backend = directoryBackend({ backend: 'directory', path: 'www' }, root)
    expect(await keys()).toEqual(['state.json'])
    await put('state.json', 'two', etag)
    expect(readdirSync(scratch)).toEqual(['being-written'])
  })

  test('a folder that may not be written to is unauthorised', async () => {
    await put('closed/a.html')
    for (const path of [root, www, join(www, '.vite-distill/tmp')]) chmodSync(path, 0o777)
    chmodSync(join(www, 'closed'), 0o555)
    await asNobody(async () => {
      await put('open.html')
      const error = await failureOf(put('closed/b.html'), 'unauthorised')
      expect(error.message).toContain('`closed/b.html`')
      await failureOf(removeKeys(backend, ['closed/a.html']), 'unauthorised')
    })
    expect(await keys()).toEqual(['closed/a.html', 'open.html'])
  })

  test('files have the usual mode', async () => {
    await put('a.html')
    writeFileSync(join(root, 'other'), '')
    expect(statSync(join(www, 'a.html')).mode).toBe(statSync(join(root, 'other')).mode)
  })
})

/** Root may do anything, and containers run as root. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0
  if (root) process.seteuid!(65_534)
  try {
    await work()
  } finally {
    if (root) process.seteuid!(0)
  }
}
