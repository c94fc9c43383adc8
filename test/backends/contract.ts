import { compareKeys } from '../../src/keys.ts'
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Backend, BackendError, StoredObject } from '../../src/backends/backend.ts'
import { failureOf } from './failure.ts'
import { big, bytesOf, sourceOf } from './source.ts'
import { removeKeys } from './storage.ts'

/** A backend under test, and what is known of its storage. */
export interface Subject {
  backend: Backend
  /** The URL under which the storage serves its objects to everybody. A backend with `keepsHeaders` needs it. */
  publicUrl?: string
  /** The unfinished writes that the storage keeps: uploads that were begun, scratch files. */
  leftovers?(): Promise<string[]> | string[]
  /** Matches the keys that the storage cannot hold, and that `put` rejects. */
  rejects?: RegExp
  /** Whether a name in a key may be as long as the key. Default: names have 255 bytes at most, and keys any length. */
  longNames?: boolean
  /** Whether `put` reads a content of any size at once and passes on what the source throws. */
  simple?: boolean
  /** Whether listings have no order. Default: the order of the UTF-8 bytes. */
  unordered?: boolean
  /** Objects in a page of a listing. Default: 1,000. */
  pageSize?: number
  /** Whether the storage ignores the condition of a copy on what it overwrites. */
  ignoresCopyCondition?: boolean
  /** Whether the storage ignores the condition of a `put` in parts. */
  ignoresPartsCondition?: boolean
  /** A backend with all options that store something with each object, and how to see what was stored. */
  storing?: {
    open(options?: object): Promise<Backend>
    /** What the storage says of an object. */
    stored(key: string): Promise<object>
    /** What it says of every object of the site. */
    expected: object
    /** What it says of the state and the lock too. */
    expectedOfOwn: object
    /** Options of which a change can be made in place, and what the storage says then. */
    changes?: [options: object, expected: object][]
  }
  close(): Promise<void>
}

const oddKeys = [
  'a b.html',
  'a+b.html',
  'a#b.html',
  'a%20b.html',
  '100%.html',
  "q?x=1&y='(1)!*.html",
  '<x>&"y".xml',
  '~tilde',
  'a:b;c,d@e=f$g',
  'back\\slash',
  '.hidden/.file',
  'ünï/日本/العربية/ไทย.html',
  'emoji😀.html',
  '\uff5e.html',
  '\u00e9.txt',
  'e\u0301.txt',
  `${'long-'.repeat(40)}.html`,
  'tab\tand\u0001control',
  'line\nbreak\rreturn',
]

/** More than the smallest part of a multipart upload to S3: a copy of it may take two. */
const twoParts = 5 * 1024 * 1024 + 1

/** Tests every promise of the contract in `src/backends/backend.ts` on a backend. A test that cannot run is skipped. */
export function contract(name: string, open: () => Promise<Subject>): void {
  describe(`contract: ${name}`, () => {
    let subject: Subject
    let backend: Backend
    /** Each test has a prefix of its own, so that a real storage need not be emptied. */
    let at: string

    beforeAll(async () => {
      subject = await open()
      backend = subject.backend
    })
    afterAll(async () => {
      backend.close?.()
      await subject.close()
    })
    beforeEach(() => {
      at = `${randomUUID()}/`
    })

    const put = (key: string, content: string | Uint8Array, ifMatch?: string | null) =>
      backend.put(at + key, sourceOf(content), { headers: {}, ifMatch })
    const read = async (key: string) => {
      const found = await backend.get(at + key)
      return found && Buffer.from(found.body).toString()
    }
    async function pages(prefix = ''): Promise<StoredObject[][]> {
      const found = []
      for await (const page of backend.list(at + prefix)) found.push(page)
      return found
    }
    async function list(prefix = ''): Promise<StoredObject[]> {
      const objects = (await pages(prefix)).flat()
      return subject.unordered ? objects.sort((a, b) => compareKeys(a.key, b.key)) : objects
    }
    const keys = async (prefix = '') => (await list(prefix)).map(({ key }) => key.slice(at.length))
    async function remove(keys: string[]): Promise<void> {
      for (let i = 0; i < keys.length; i += backend.maxRemove)
        await removeKeys(
          backend,
          keys.slice(i, i + backend.maxRemove).map((key) => at + key),
        )
    }

    test('an empty prefix lists nothing', async () => {
      expect(await list()).toEqual([])
    })

    test('list shows the object that put wrote, with the ETag that put returned', async () => {
      const before = Date.now()
      const { etag } = await put('page.html', 'hello')
      const [object, ...rest] = await list()
      expect(rest).toEqual([])
      expect(object).toMatchObject({ key: `${at}page.html`, size: 5, etag })
      expect(etag).not.toContain('"')
      expect(Math.abs(object!.modified - before)).toBeLessThan(60_000)
    })

    test("the MD5 in a listing is the content's", async ({ skip }) => {
      await put('page.html', 'hello')
      const [object] = await list()
      if (object!.md5 === undefined) return skip('its listings have no MD5')
      expect(object!.md5).toBe(sourceOf('hello').md5)
    })

    test('get returns the content and the same ETag, and undefined for a missing key', async () => {
      const { etag } = await put('page.html', 'hello')
      const found = await backend.get(`${at}page.html`)
      expect(Buffer.from(found!.body).toString()).toBe('hello')
      expect(found!.etag).toBe(etag)
      expect(await backend.get(`${at}none.html`)).toBeUndefined()
      expect(await backend.get(`${at}page.html/below`)).toBeUndefined()
      expect(await backend.get(at.slice(0, -1))).toBeUndefined()
    })

    test('30 contents in quick succession have 30 ETags', async () => {
      const seen = new Set<string>()
      for (let i = 100; i < 130; i++) seen.add((await put('page.html', `v${i}`)).etag)
      expect(seen.size).toBe(30)
      expect(await read('page.html')).toBe('v129')
    })

    test('empty and binary contents come back byte for byte', async () => {
      await put('empty', '')
      const all = Uint8Array.from({ length: 256 }, (_, i) => i)
      await put('binary', all)
      expect(Buffer.from((await backend.get(`${at}empty`))!.body)).toEqual(Buffer.alloc(0))
      expect(Buffer.from((await backend.get(`${at}binary`))!.body)).toEqual(Buffer.from(all))
      expect((await list()).map(({ size }) => size)).toEqual([256, 0])
    })

    test('keys of any script and with any sign are stored, listed in order, read and removed', async () => {
      const possible = oddKeys.filter((key) => !subject.rejects?.test(key))
      expect(possible.length).toBeGreaterThan(oddKeys.length / 2)
      for (const key of possible) await put(key, `at ${key}`)
      expect(await keys()).toEqual([...possible].sort(compareKeys))
      for (const key of possible) expect(await read(key)).toBe(`at ${key}`)
      await remove(possible.slice(1))
      expect(await keys()).toEqual([possible[0]])
    })

    test('put rejects keys that the storage cannot hold, and removing them is no failure', async ({
      skip,
    }) => {
      if (!subject.rejects) return skip('the storage can hold every key')
      const impossible = oddKeys.filter((key) => subject.rejects!.test(key))
      expect(impossible).not.toEqual([])
      for (const key of impossible) await failureOf(put(key, 'x'), 'rejected')
      for (const key of impossible) expect(await read(key)).toBeUndefined()
      await remove(impossible)
      expect(await keys()).toEqual([])
    })

    test('refuses says why of the keys that put rejects, and of no others', async ({ skip }) => {
      if (!backend.refuses) return skip('it refuses no key')
      const ofLength = (length: number) =>
        `${'long-path/'.repeat(103)}`.slice(0, length - at.length - 1) + 'x'
      const lengths = [ofLength(1024), ofLength(1025), 'x'.repeat(255), 'x'.repeat(256)]
      const refused: string[] = []
      for (const key of [...oddKeys, ...lengths]) {
        const why = backend.refuses(at + key)
        if (why === undefined) await put(key, 'x')
        else {
          refused.push(key)
          expect(why).toMatch(/^it /)
          await failureOf(put(key, 'x'), 'rejected')
        }
      }
      const tooLong = subject.longNames ? ofLength(1025) : 'x'.repeat(256)
      expect(refused).toEqual([...oddKeys.filter((key) => subject.rejects?.test(key)), tooLong])
    })

    test('a listing has exactly the keys that start with the prefix', async () => {
      for (const key of ['x-', 'x/a', 'x/ab', 'x/b/c', 'xy', 'y']) await put(key, key)
      expect(await keys('x/')).toEqual(['x/a', 'x/ab', 'x/b/c'])
      expect(await keys('x/a')).toEqual(['x/a', 'x/ab'])
      expect(await keys('x')).toEqual(['x-', 'x/a', 'x/ab', 'x/b/c', 'xy'])
      expect(await keys('z')).toEqual([])
      expect(await keys('x/a/')).toEqual([])
    })

    test('more than one page is listed completely, each key once and in order', async () => {
      const names = Array.from({ length: (subject.pageSize ?? 1000) + 50 }, (_, i) => `${i % 7}/${i}.html`)
      await concurrently(32, names, (name) => put(name, name))
      const found = await pages()
      expect(found.length).toBeGreaterThan(1)
      expect(await keys()).toEqual([...names].sort(compareKeys))

      await removeKeys(
        backend,
        names.slice(0, backend.maxRemove).map((name) => at + name),
      )
      expect(await keys()).toEqual(names.slice(backend.maxRemove).sort(compareKeys))
    })

    test('a listing after a key has all keys after it', async () => {
      const names = ['!a', '.vite-distill/state.json', '.well-known/a', 'a', 'ünï', '😀']
      for (const name of names) await put(name, name)
      for (const [i, after] of [...names, '.vite-distill/\u{10ffff}'].entries()) {
        const found: string[] = []
        for await (const page of backend.list(at, at + after))
          found.push(...page.map(({ key }) => key.slice(at.length)))
        expect(found.filter((key) => compareKeys(key, after) > 0)).toEqual(
          i < names.length ? names.slice(i + 1) : names.slice(2),
        )
      }
    })

    test('a large content is read in parts of at most 8 MiB and stored whole', async () => {
      const bytes = bytesOf(big)
      const source = sourceOf(bytes)
      const { etag } = await backend.put(`${at}big.bin`, source, {
        headers: { 'content-type': 'application/x-big' },
      })
      expect(await list()).toMatchObject([{ key: `${at}big.bin`, size: big, etag }])
      const largest = Math.max(...source.ranges.map(([start, end]) => end - start))
      expect(largest).toBeGreaterThan(0)
      expect(largest).toBeLessThanOrEqual(subject.simple ? big : 8 * 1024 * 1024)
      expect(Buffer.compare((await backend.get(`${at}big.bin`))!.body, bytes)).toBe(0)
    })

    describe.each([
      ['small', 5],
      ['large', big],
    ])('a put of a %s content that cannot be stored', (_, size) => {
      const source = sourceOf(bytesOf(size))

      test.each([
        ['has another MD5', { ...source, md5: sourceOf('other').md5 }],
        ['is shorter', { ...source, read: async (a = 0, b = size) => (await source.read(a, b)).slice(1) }],
        [
          'cannot be read',
          {
            ...source,
            read: async (a = 0, b = size) => {
              if (b === size) throw Object.assign(new Error('EACCES: the disk says no'), { code: 'EACCES' })
              return source.read(a, b)
            },
          },
        ],
      ])('because it %s, no reader sees it and the old one stays', async (why, broken) => {
        await put('page.html', 'old')
        const [old] = await list()
        for (const key of ['page.html', 'new.html']) {
          const ifMatch = key === 'new.html' ? null : undefined
          const writing = backend.put(at + key, broken, { headers: {}, ifMatch })
          if (subject.simple) {
            await expect(writing).rejects.toThrow(why === 'cannot be read' ? 'the disk says no' : 'changed')
            continue
          }
          const error = await failureOf(writing, 'rejected')
          expect(error.message).toContain(`\`${at}${key}\``)
          if (why === 'cannot be read') expect(error.message).toContain('the disk says no')
          if (why === 'is shorter') expect(error.message).toMatch(/: it has \d+ bytes instead of \d+$/)
        }
        expect(await list()).toEqual([old])
        expect(await read('page.html')).toBe('old')
        if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
      })
    })

    test('a failed write leaves nothing unfinished in the storage', async ({ skip }) => {
      if (!subject.leftovers) return skip('its unfinished writes cannot be listed')
      for (const size of [5, big]) {
        const source = { ...sourceOf(bytesOf(size)), md5: sourceOf('other').md5 }
        await expect(backend.put(`${at}page.html`, source, { headers: {} })).rejects.toThrow()
      }
      await put('page.html', 'hello')
      await failureOf(put('page.html', 'other', null), 'precondition')
      expect(await subject.leftovers()).toEqual([])
    })

    test('a reader sees the old content or the new one, never a mixture', async () => {
      const versions = ['a', 'b'].map((letter) => letter.repeat(300_000))
      await put('page.html', versions[0]!)
      await Promise.all([
        (async () => {
          for (let i = 1; i <= 20; i++) await put('page.html', versions[i % 2]!)
        })(),
        (async () => {
          for (let i = 0; i < 40; i++) expect(versions).toContain(await read('page.html'))
        })(),
      ])
    })

    test('puts of many keys at once all succeed', async () => {
      const names = Array.from({ length: 40 }, (_, i) => `deep/${i % 4}/er/${i}.html`)
      await Promise.all(names.map((name) => put(name, name)))
      expect(await keys()).toEqual(names.sort(compareKeys))
    })

    test('removes and puts in the same folders at once do not disturb each other', async () => {
      for (let i = 0; i < 10; i++) {
        await put('folder/in/old.html', 'old')
        await Promise.all([
          removeKeys(backend, [`${at}folder/in/old.html`]),
          put('folder/in/new.html', 'new'),
        ])
        expect(await keys()).toEqual(['folder/in/new.html'])
        await removeKeys(backend, [`${at}folder/in/new.html`])
      }
    })

    test('a key that does not exist counts as removed', async () => {
      await put('page.html', 'hello')
      await remove(['none.html', 'page.html/below', 'page.html', 'other/none.html'])
      await remove(['page.html'])
      await removeKeys(backend, [])
      expect(await list()).toEqual([])
    })

    describe('a remove with an ETag', () => {
      test('removes the object that has it', async () => {
        const first = await put('a.html', 'a')
        const second = await put('b.html', 'b')
        const objects = [
          { key: `${at}a.html`, etag: first.etag },
          { key: `${at}b.html`, etag: second.etag },
        ]
        for (let i = 0; i < objects.length; i += backend.maxRemove)
          expect(await backend.remove(objects.slice(i, i + backend.maxRemove))).toEqual([])
        expect(await list()).toEqual([])
      })

      test.each([
        ['page.html', 'none.html'],
        ['tab\tand\u0001control', 'none\u0001.html'],
      ])('leaves an object with another one, and says so: %j', async (name, none) => {
        if (subject.rejects?.test(name)) return
        const { etag } = await put(name, 'one')
        const changed = await put(name, 'two')
        const other = await put('other.html', 'other')
        const objects = [
          { key: at + name, etag },
          { key: `${at}other.html`, etag: other.etag },
          { key: at + none, etag },
        ]
        const left: string[] = []
        for (let i = 0; i < objects.length; i += backend.maxRemove)
          left.push(...(await backend.remove(objects.slice(i, i + backend.maxRemove))))
        if (backend.conditionalRemove) {
          expect(left).toEqual([at + name])
          expect(await list()).toMatchObject([{ key: at + name, etag: changed.etag }])
        } else {
          // Its caller compares with a listing.
          expect(left).toEqual([])
          expect(await list()).toEqual([])
        }
      })

      test('counts an object that is gone as removed, a second time too', async () => {
        const { etag } = await put('page.html', 'one')
        const objects = [{ key: `${at}page.html`, etag }]
        for (let i = 0; i < 3; i++) expect(await backend.remove(objects)).toEqual([])
        expect(await backend.remove([{ key: `${at}page.html/below`, etag }])).toEqual([])
        expect(await list()).toEqual([])
      })

      test('and a conditional put of the same object at once: one of them wins', async ({ skip }) => {
        if (!backend.conditionalRemove) return skip('it removes without a condition')
        for (let i = 0; i < 20; i++) {
          const { etag } = await put('page.html', `old ${i}`)
          const [removed, written] = await Promise.allSettled([
            backend.remove([{ key: `${at}page.html`, etag }]),
            put('page.html', `new ${i}`, etag),
          ])
          if (removed.status === 'rejected') expect(removed.reason).toMatchObject({ kind: 'unavailable' })
          const isRemoved = removed.status === 'fulfilled' && removed.value.length === 0
          expect(isRemoved).toBe(written.status === 'rejected')
          expect(await read('page.html')).toBe(isRemoved ? undefined : `new ${i}`)
          await remove(['page.html'])
        }
        if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
      })
    })

    test('a conditional put creates an object only if there is none', async () => {
      expect(backend.conditional).toBe(true)
      const { etag } = await put('lock', 'first', null)
      const error = await failureOf(put('lock', 'second', null), 'precondition')
      expect(error.message).toContain(`\`${at}lock\``)
      expect(await read('lock')).toBe('first')
      expect(await list()).toMatchObject([{ etag }])
    })

    test('a conditional put replaces only the object with its ETag', async () => {
      const first = await put('state', 'one')
      const second = await put('state', 'two', first.etag)
      await failureOf(put('state', 'three', first.etag), 'precondition')
      expect(await read('state')).toBe('two')
      expect((await list())[0]!.etag).toBe(second.etag)
      await put('state', 'three', (await list())[0]!.etag)
      await removeKeys(backend, [`${at}state`])
      await failureOf(put('state', 'four', second.etag), 'precondition')
      expect(await list()).toEqual([])
    })

    test('a conditional put of a large content writes nothing if the object is another one', async ({
      skip,
    }) => {
      if (subject.ignoresPartsCondition) return skip('the storage ignores the condition')
      const { etag } = await put('page.html', 'one')
      await put('page.html', 'two')
      for (const ifMatch of [null, etag])
        await failureOf(put('page.html', bytesOf(big), ifMatch), 'precondition')
      expect(await read('page.html')).toBe('two')
      if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
    })

    test.each(['create', 'replace'])('of ten conditional puts at once that %s, one wins', async (how) => {
      const ifMatch = how === 'create' ? null : (await put('lock', 'before')).etag
      const all = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => put('lock', `writer ${i}`, ifMatch)),
      )
      const winners = all.flatMap((result, i) => (result.status === 'fulfilled' ? [`writer ${i}`] : []))
      expect(winners).toHaveLength(1)
      expect(await read('lock')).toBe(winners[0])
      const losers = all.filter((result) => result.status === 'rejected')
      for (const { reason } of losers) {
        // Ceph's gateway answers a lost race with a 500; the next attempt gets the right answer.
        const again =
          (reason as BackendError).kind === 'unavailable'
            ? put('lock', 'again', ifMatch)
            : Promise.reject(reason)
        await failureOf(again, 'precondition')
      }
      if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
    })

    test('keepsHeaders and a public URL go together', () => {
      expect(subject.publicUrl !== undefined).toBe(backend.keepsHeaders)
    })

    test('the headers of put are served with the content', async ({ skip }) => {
      const { publicUrl } = subject
      if (publicUrl === undefined) return skip('the backend keeps no headers')
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'public, max-age=60',
        'content-language': 'de',
        'content-disposition': 'inline; filename="a.html"',
        'x-unknown': 'ignored',
      }
      await backend.put(`${at}seite ü.html`, sourceOf('<p>hällo'), { headers })
      await backend.put(`${at}big.bin`, sourceOf(bytesOf(big)), { headers })
      for (const key of ['seite ü.html', 'big.bin']) {
        const response = await fetch(publicUrl + encodeURI(at + key))
        expect(response.status).toBe(200)
        const { 'x-unknown': _, ...kept } = headers
        expect(Object.fromEntries(response.headers)).toMatchObject(kept)
        expect(response.headers.get('x-unknown')).toBeNull()
        expect(Number(response.headers.get('content-length'))).toBe((await response.arrayBuffer()).byteLength)
      }
    })

    describe.each([
      ['small', 5],
      ['large', big],
    ])('a rewrite of a %s content', (_, size) => {
      const old = {
        'content-type': 'text/plain',
        'cache-control': 'public, max-age=60',
        'content-language': 'de',
        'content-disposition': 'inline; filename="a.html"',
        'content-encoding': 'identity',
      }
      const bytes = bytesOf(size)

      test('replaces all headers and keeps the content', async ({ skip }) => {
        if (!backend.rewrite) return skip('the backend has no `rewrite`')
        if (size > (backend.maxRewrite ?? Infinity)) return skip('the backend does not rewrite so much')
        const key = `${at}seite ü+%20'(1)!.html`
        const first = await backend.put(key, sourceOf(bytes), { headers: old })
        const [before] = await list()
        const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
        const second = await backend.rewrite(key, { headers, ifMatch: first.etag })
        const [after, ...rest] = await list()
        expect(rest).toEqual([])
        expect(after).toMatchObject({ key, size, etag: second.etag })
        if (before!.md5 !== undefined) expect(after!.md5).toBe(before!.md5)
        const found = await backend.get(key)
        expect(Buffer.compare(found!.body, bytes)).toBe(0)
        expect(found!.etag).toBe(second.etag)

        const response = await fetch(subject.publicUrl + encodeURI(key))
        await response.arrayBuffer()
        const served = Object.fromEntries(response.headers)
        expect(served).toMatchObject(headers)
        for (const name of Object.keys(old)) if (!(name in headers)) expect(served).not.toHaveProperty(name)

        // The ETag that it returned is the condition of the next write.
        const third = await backend.rewrite(key, { headers: old, ifMatch: second.etag })
        await put(key.slice(at.length), 'new', third.etag)
      })

      test.for(['is another one', 'is missing'])(
        'changes nothing if the object %s',
        async (why, { skip }) => {
          if (!backend.rewrite) return skip('the backend has no `rewrite`')
          const key = why === 'is missing' ? 'none.html' : 'page.html'
          const first = await backend.put(`${at}page.html`, sourceOf('first'), { headers: old })
          await backend.put(`${at}page.html`, sourceOf(bytes), { headers: old })
          const before = await list()
          const rewriting = backend.rewrite(at + key, {
            headers: { 'content-type': 'text/x-new' },
            ifMatch: first.etag,
          })
          const error = await failureOf(rewriting, 'precondition')
          expect(error.message).toContain(`\`${at}${key}\``)
          expect(await list()).toEqual(before)
          const response = await fetch(`${subject.publicUrl}${at}page.html`)
          await response.arrayBuffer()
          expect(response.headers.get('content-type')).toBe('text/plain')
        },
      )
    })

    describe.each([
      ['small', 5],
      ['large', twoParts],
    ])('a copy of a %s content', (_, size) => {
      const bytes = bytesOf(size)
      const old = {
        'content-type': 'text/plain',
        'cache-control': 'public, max-age=60',
        'content-language': 'de',
        'content-disposition': 'inline; filename="a.html"',
        'content-encoding': 'identity',
      }
      const served = async (key: string) => {
        const response = await fetch(subject.publicUrl + encodeURI(at + key))
        await response.arrayBuffer()
        return Object.fromEntries(response.headers)
      }
      const expectContent = async (key: string, etag: string) => {
        const found = await backend.get(at + key)
        expect(found!.etag).toBe(etag)
        expect(Buffer.compare(found!.body, bytes)).toBe(0)
      }

      test('has the headers that it is given and no others, and leaves the copied object', async ({
        skip,
      }) => {
        if (!backend.copy) return skip('the backend has no `copy`')
        const source = await backend.put(`${at}from.html`, sourceOf(bytes), { headers: old, redirect: '/r' })
        const [before] = await list()
        const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
        await put('old.html', 'old')
        const etags: Record<string, string> = {}
        for (const to of ['old.html', "ordner/ü+%20'(1)!.html", '.vite-distill/objects/1-2']) {
          const copied = await backend.copy(`${at}from.html`, at + to, {
            headers,
            ifSourceMatch: source.etag,
          })
          etags[to] = copied.etag
        }
        for (const [key, etag] of Object.entries(etags)) {
          await expectContent(key, etag)
          const [found] = await list(key)
          expect(found).toMatchObject({ key: at + key, size, etag })
          if (before!.md5 !== undefined && found!.md5 !== undefined) expect(found!.md5).toBe(before!.md5)
          if (subject.publicUrl === undefined) continue
          const got = await served(key)
          expect(got).toMatchObject(headers)
          for (const name of Object.keys(old)) if (!(name in headers)) expect(got).not.toHaveProperty(name)
          expect(JSON.stringify(got)).not.toContain('/r')
        }
        expect(await list('from.html')).toEqual([before])
        if (subject.publicUrl !== undefined) expect(await served('from.html')).toMatchObject(old)
        // Another header than before, and the same ones again: back where it came from.
        const back = { headers: old, ifSourceMatch: etags['.vite-distill/objects/1-2']! }
        const first = await backend.copy(`${at}.vite-distill/objects/1-2`, `${at}new.html`, back)
        await expectContent('new.html', first.etag)
        if (subject.publicUrl !== undefined) expect(await served('new.html')).toMatchObject(old)
        // What is written over one of the two does not change the other.
        await put('from.html', 'other')
        await put('new.html', 'other', first.etag)
        await expectContent('old.html', etags['old.html']!)
        if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
      })

      test.for(['was changed', 'was removed', 'never was'])(
        'writes nothing if the object to copy %s',
        async (why, { skip }) => {
          if (!backend.copy) return skip('the backend has no `copy`')
          const { etag } = await put('from.html', 'first')
          await put('to.html', 'to')
          if (why === 'was changed') await backend.put(`${at}from.html`, sourceOf(bytes), { headers: {} })
          if (why === 'was removed') await remove(['from.html'])
          const from = why === 'never was' ? 'none.html' : 'from.html'
          const before = await list()
          for (const to of ['to.html', 'new.html']) {
            const copying = backend.copy(at + from, at + to, { headers: {}, ifSourceMatch: etag })
            const error = await failureOf(copying, 'precondition')
            expect(error.message).toContain(`\`${at}${from}\``)
          }
          expect(await list()).toEqual(before)
          if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
        },
      )

      test('writes nothing if the object that it overwrites is another one', async ({ skip }) => {
        if (!backend.copy) return skip('the backend has no `copy`')
        if (subject.ignoresCopyCondition) return skip('the storage ignores the condition')
        const { etag: ifSourceMatch } = await backend.put(`${at}from.html`, sourceOf(bytes), { headers: {} })
        const copy = (ifMatch: string | null) =>
          backend.copy!(`${at}from.html`, `${at}to.html`, { headers: {}, ifSourceMatch, ifMatch })
        const first = await put('to.html', 'one')
        const second = await put('to.html', 'two')
        for (const ifMatch of [null, first.etag]) {
          const error = await failureOf(copy(ifMatch), 'precondition')
          expect(error.message).toContain(`\`${at}to.html\``)
        }
        expect(await read('to.html')).toBe('two')
        await expectContent('to.html', (await copy(second.etag)).etag)
        await remove(['to.html'])
        await failureOf(copy(second.etag), 'precondition')
        expect(await read('to.html')).toBeUndefined()
        await expectContent('to.html', (await copy(null)).etag)
        if (subject.leftovers) expect(await subject.leftovers()).toEqual([])
      })
    })

    describe('a copy', () => {
      test('is made of and to keys of any script and with any sign', async ({ skip }) => {
        if (!backend.copy) return skip('the backend has no `copy`')
        for (const key of oddKeys.filter((key) => !subject.rejects?.test(key))) {
          const { etag } = await put(key, `at ${key}`)
          await backend.copy(at + key, `${at}to/${key}`, { headers: {}, ifSourceMatch: etag })
          expect(await read(`to/${key}`)).toBe(`at ${key}`)
        }
      })

      test('to a key that the storage cannot hold is rejected', async ({ skip }) => {
        if (!backend.copy) return skip('the backend has no `copy`')
        const { etag } = await put('from.html', 'from')
        const impossible = oddKeys.filter((key) => subject.rejects?.test(key))
        if (backend.refuses) impossible.push(subject.longNames ? 'x/'.repeat(600) + 'x' : 'x'.repeat(256))
        for (const key of impossible) {
          const copying = backend.copy(`${at}from.html`, at + key, { headers: {}, ifSourceMatch: etag })
          await failureOf(copying, 'rejected')
        }
        expect(await keys()).toEqual(['from.html'])
      })

      test('is seen whole: a reader gets the old content or the new one', async ({ skip }) => {
        if (!backend.copy) return skip('the backend has no `copy`')
        const versions = ['a', 'b'].map((letter) => letter.repeat(300_000))
        const etags: string[] = []
        for (const [i, content] of versions.entries()) etags.push((await put(`${i}.html`, content)).etag)
        await put('page.html', versions[0]!)
        await Promise.all([
          (async () => {
            for (let i = 1; i <= 20; i++) {
              const options = { headers: {}, ifSourceMatch: etags[i % 2]! }
              await backend.copy!(`${at}${i % 2}.html`, `${at}page.html`, options)
            }
          })(),
          (async () => {
            for (let i = 0; i < 40; i++) expect(versions).toContain(await read('page.html'))
          })(),
        ])
      })

      test('of ten at once to a key that has none, one wins', async ({ skip }) => {
        if (!backend.copy) return skip('the backend has no `copy`')
        if (subject.ignoresCopyCondition) return skip('the storage ignores the condition')
        const copy = async (i: number) => {
          const { etag } = await put(`${i}.html`, `content ${i}`)
          return backend.copy!(`${at}${i}.html`, `${at}to.html`, {
            headers: {},
            ifSourceMatch: etag,
            ifMatch: null,
          })
        }
        const all = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => copy(i)))
        const winners = all.flatMap((result, i) => (result.status === 'fulfilled' ? [`content ${i}`] : []))
        expect(winners).toEqual([await read('to.html')])
        for (const result of all)
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'precondition' })
      })
    })

    describe('the options of the target that are stored with each object', () => {
      const withStoring = async (
        use: (storing: NonNullable<Subject['storing']>, backend: Backend) => Promise<void>,
      ) => {
        const { storing } = subject
        if (!storing) return
        const backend = await storing.open()
        await use(storing, backend)
        backend.close?.()
      }
      const headers = { 'content-type': 'text/plain' }

      test.each([
        ['small', 5],
        ['large', big],
      ])('a %s content', (_, size) =>
        withStoring(async ({ stored, expected }, backend) => {
          await backend.put(`${at}a b.txt`, sourceOf(bytesOf(size)), { headers })
          expect(await stored(`${at}a b.txt`)).toMatchObject(expected)
        }),
      )

      test('a change of headers keeps them', () =>
        withStoring(async ({ stored, expected }, backend) => {
          const { etag } = await backend.put(`${at}a.txt`, sourceOf('a'), { headers })
          await backend.rewrite?.(`${at}a.txt`, { headers: { 'content-type': 'text/html' }, ifMatch: etag })
          expect(await stored(`${at}a.txt`)).toMatchObject(expected)
        }))

      test.each([
        ['small', 5],
        ['large', twoParts],
      ])('a copy of a %s content has them, and one to an own key only those that protect it', (_, size) =>
        withStoring(async ({ stored, expected, expectedOfOwn }, backend) => {
          const kept = `${at}.vite-distill/objects/1`
          const copy = (from: string, to: string, ifSourceMatch: string) =>
            backend.copy!(from, to, { headers, ifSourceMatch })
          const { etag } = await backend.put(`${at}a.txt`, sourceOf(bytesOf(size)), { headers })
          const copied = await copy(`${at}a.txt`, kept, etag)
          const found = await stored(kept)
          expect(found).toMatchObject(expectedOfOwn)
          for (const [name, value] of Object.entries(expected))
            if (!(name in expectedOfOwn))
              expect((found as Record<string, unknown>)[name], name).not.toEqual(value)
          await copy(kept, `${at}b.txt`, copied.etag)
          expect(await stored(`${at}b.txt`)).toMatchObject(expected)
        }),
      )

      test('a change of them is made in place, and what was said before is gone', () =>
        withStoring(async ({ stored, open, changes = [] }) => {
          expect(changes.length).toBeGreaterThan(0)
          for (const [options, expected] of changes) {
            const before = await open({ metadata: { first: '1', team: 'old' } })
            const { etag } = await before.put(`${at}a.txt`, sourceOf('a'), { headers })
            const after = await open(options)
            const rewritten = await after.rewrite!(`${at}a.txt`, { headers, ifMatch: etag })
            expect(await stored(`${at}a.txt`)).toMatchObject(expected)
            expect(JSON.stringify(await stored(`${at}a.txt`))).not.toContain('first')
            const found = await after.get(`${at}a.txt`)
            expect(found!.etag).toBe(rewritten.etag)
            await after.put(`${at}a.txt`, sourceOf('b'), { headers, ifMatch: rewritten.etag })
            before.close?.()
            after.close?.()
          }
        }))

      test('the state and the lock have only those that protect them', () =>
        withStoring(async ({ stored, expected, expectedOfOwn }, backend) => {
          const key = `${at}.vite-distill/state.json`
          await backend.put(key, sourceOf('{}'), { headers })
          const found = await stored(key)
          expect(found).toMatchObject(expectedOfOwn)
          for (const [name, value] of Object.entries(expected))
            if (!(name in expectedOfOwn))
              expect((found as Record<string, unknown>)[name], name).not.toEqual(value)
        }))
    })

    test('get returns a compressed content as it is stored', async () => {
      const packed = gzipSync('hello')
      const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip' }
      await backend.put(`${at}packed.txt`, sourceOf(packed), { headers })
      expect(Buffer.compare((await backend.get(`${at}packed.txt`))!.body, packed)).toBe(0)
      expect(await list()).toMatchObject([{ size: packed.length }])
    })

    test('its name ends in a slash, and it removes at least one key at a time', () => {
      expect(backend.name).toMatch(/.\/$/)
      expect(backend.maxRemove).toBeGreaterThanOrEqual(1)
    })
  })
}

async function concurrently<T>(
  count: number,
  items: T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
