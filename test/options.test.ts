import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UserConfig } from 'vite'
import type * as v from 'valibot'
import { describe, expect, it, test } from 'vitest'
import { targetSchemas } from '../src/backends/targets.ts'
import { type DistillError, describeError } from '../src/errors.ts'
import { object, text } from '../src/option-schema.ts'
import { type DistillOptions, optionsSchema, resolveOptions } from '../src/options.ts'
import { targetEntries } from '../src/target-options.ts'
import { distill } from '../src/vite/plugin.ts'

const root = import.meta.dirname
const resolved = (options: unknown) => resolveOptions(options as DistillOptions, { root, base: '/' })
const s3 = { backend: 's3', bucket: 'www' }
const circular: Record<string, unknown> = {}
circular.self = circular

describe('one wrong option', () => {
  it.each<[options: unknown, message: string, hint: string]>([
    [null, 'distill() was given `null`', 'an object of options'],
    ['x', 'distill() was given `x`', 'an object of options'],
    [[], 'distill() was given a list', 'an object of options'],
    [() => ({}), 'distill() was given a function', 'an object of options'],
    [Promise.resolve({}), 'distill() was given a promise', 'an object of options'],
    [new Map(), 'distill() was given an object', 'an object of options'],

    [{ siteID: 'a' }, 'distill() has no option `siteID`', 'Did you mean `siteId`?'],
    [{ OUTDIR: 'a' }, 'distill() has no option `OUTDIR`', 'Did you mean `outDir`?'],
    [{ concurency: 1 }, 'distill() has no option `concurency`', 'Did you mean `concurrency`?'],
    [{ minify: true }, 'distill() has no option `minify`', 'It has `entry`, `outDir`, `layout`, '],
    [{ assets: { skipDir: [] } }, '`assets` has no option `skipDir`', 'Did you mean `skipDirs`?'],

    [{ entry: 5 }, '`entry` is `5`', 'a string'],
    [{ entry: '' }, '`entry` is an empty string', 'a string that is not empty'],
    [{ entry: null }, '`entry` is `null`', 'a string'],
    [{ entry: circular }, '`entry` is an object', 'a string'],
    [{ outDir: '' }, '`outDir` is an empty string', 'a string that is not empty'],
    [{ outDir: '.' }, '`outDir` is `.`, which holds the app itself', 'a folder of its own'],
    [{ layout: 'flat' }, '`layout` is `flat`', 'It may be `directory`, `file` or `exact`.'],
    [{ layout: 'Directory' }, '`layout` is `Directory`', 'Did you mean `directory`?'],
    [
      { hostFiles: ['apache'] },
      '`hostFiles[0]` is `apache`',
      'It may be `_headers`, `_redirects`, `nginx` or `cloudfront-function`.',
    ],
    [{ hostFiles: ['_header'] }, '`hostFiles[0]` is `_header`', 'Did you mean `_headers`?'],
    [{ hostFiles: 'nginx' }, '`hostFiles` is `nginx`', 'It must be a list of files for hosts'],
    [{ layout: ['file'] }, '`layout` is a list', 'It may be `directory`, `file` or `exact`.'],
    [{ layout: 'toString' }, '`layout` is `toString`', 'It may be `directory`, `file` or `exact`.'],
    [{ origin: 'example.com' }, '`origin` is `example.com`', 'a full address'],
    [{ origin: 'ftp://example.com' }, '`origin` is `ftp://example.com`', 'a full address'],
    [{ origin: new URL('http://a/') }, '`origin` is an object', 'a full address'],
    [{ requestBase: '/docs/' }, '`requestBase` is `/docs/`', '`true` or `false`'],
    [{ languages: 'en' }, '`languages` is `en`', 'a list of languages'],
    [{ languages: ['en', ''] }, '`languages[1]` is an empty string', '`pt-BR`'],
    [{ languages: ['en', 'a/b'] }, '`languages[1]` is `a/b`', '`pt-BR`'],
    [{ languages: ['en', 'fr', 'en'] }, '`languages[2]` is `en`', 'in the list already'],
    [{ redirects: 'x' }, '`redirects` is a string', "`{ '/old': '/new' }`"],
    [{ redirects: ['/a'] }, '`redirects` is a list', "`{ '/old': '/new' }`"],
    [{ redirects: { '/a': 5 } }, "`redirects['/a']` is a number", 'a path'],
    [{ redirects: { '/a': {} } }, "`redirects['/a'].to` is missing", 'required'],
    [{ redirects: { '/a': { to: '/', status: '302' } } }, "`redirects['/a'].status` is `302`", '301, 302'],
    [{ redirects: { '/a': { to: '/', state: 302 } } }, "`redirects['/a']` has no option `state`", '`status`'],
    [{ sitemap: 'yes' }, '`sitemap` is `yes`', '`true` or `false`'],
    [{ sitemap: true }, '`sitemap` needs `origin`: a sitemap holds full addresses', '`publicUrl`'],
    [{ transform: {} }, '`transform` is an object', 'a function'],
    [{ transform: 'minify' }, '`transform` is `minify`', 'a function'],
    [{ siteId: 5 }, '`siteId` is `5`', 'a string'],
    [{ siteId: '' }, '`siteId` is an empty string', 'a string that is not empty'],
    [{ siteId: Symbol('a') }, '`siteId` is `Symbol(a)`', 'a string'],
    [{ siteId: () => 'a' }, '`siteId` is a function', 'a string'],
    [{ siteId: Promise.resolve('a') }, '`siteId` is a promise', 'a string'],
    [{ assets: 'none' }, '`assets` is a string', 'an object'],
    [{ assets: true }, '`assets` is `true`', 'an object'],
    [{ assets: { include: 'no' } }, '`assets.include` is `no`', '`true` or `false`'],
    [{ assets: { skipAdminDirs: 0 } }, '`assets.skipAdminDirs` is `0`', '`true` or `false`'],
    [{ assets: { skipDirs: 'drafts' } }, '`assets.skipDirs` is `drafts`', 'a list of folders'],
    [{ assets: { skipDirs: ['a', 5n] } }, '`assets.skipDirs[1]` is `5`', 'a string'],
    [{ links: true }, '`links` is `true`', '`error`, `warn` or `false`, or an object'],
    [{ links: { missing: 'fail' } }, '`links.missing` is `fail`', '`error`, `warn` or `false`'],
    [{ links: { ignore: ['old/**'] } }, '`links.ignore[0]` is `old/**`', 'starts with `/`, `#` or'],
    [{ links: { served: '/api/**' } }, '`links.served` is `/api/**`', 'a list of patterns'],
    [{ links: { served: ['api/**'] } }, '`links.served[0]` is `api/**`', 'starts with `/`'],
    [{ cache: true }, '`cache` is `true`', 'an object, or `false`'],
    [{ cache: { audit: 2 } }, '`cache.audit` is `2`', 'from 0 to 1'],
    [{ cache: { audit: NaN } }, '`cache.audit` is `NaN`', 'from 0 to 1'],
    [{ cache: { audit: '1%' } }, '`cache.audit` is `1%`', 'from 0 to 1'],
    [{ cache: { env: 'API_URL' } }, '`cache.env` is `API_URL`', 'a list of names'],
    [{ cache: { from: '' } }, '`cache.from` is an empty string', 'the name of a target'],
    [
      { cache: { from: 'www' } },
      '`cache` has `from`, which names no target of `publish`',
      "{ from: 's3-prod' }",
    ],
    [
      { cache: { from: 'toString' }, publish: { www: { backend: 's3', bucket: 'www' } } },
      '`cache` has `from`, which names no target of `publish`',
      "{ from: 's3-prod' }",
    ],
    [{ cache: { keys: [] } }, '`cache` has no option `keys`', '`audit`, `env`'],
    [{ workers: 'all' }, '`workers` is `all`', '`auto`, or a whole number, 1 or more'],
    [{ workers: 0 }, '`workers` is `0`', '`auto`, or a whole number, 1 or more'],
    [{ concurrency: 0 }, '`concurrency` is `0`', 'a whole number, 1 or more'],
    [{ concurrency: '16' }, '`concurrency` is `16`', 'a whole number, 1 or more'],
    [{ timeout: 1.5 }, '`timeout` is `1.5`', 'a whole number, 1 or more'],
    [{ timeout: NaN }, '`timeout` is `NaN`', 'a whole number, 1 or more'],
    [{ timeout: Infinity }, '`timeout` is `Infinity`', 'a whole number, 1 or more'],
    [{ retry: -1 }, '`retry` is `-1`', 'a whole number, 0 or more'],
    [{ publish: [] }, '`publish` is a list', 'an object of targets'],
    [{ publish: [s3] }, '`publish` is a list', 'an object of targets'],
    [{ publish: new Map([['default', s3]]) }, '`publish` is an object', 'an object of targets'],
    [{ publish: { '': s3 } }, "`publish['']` is an empty string", 'A name must not be empty.'],
    [{ publish: { default: undefined } }, '`publish.default` is `undefined`', 'an object with a `backend`'],
    [{ publish: { 'a.b': null } }, "`publish['a.b']` is `null`", 'an object with a `backend`'],
    [
      { publish: { 's3-prod': { ...s3, headers: [{ match: '' }] } } },
      '`publish.s3-prod.headers[0].match` is an empty string',
      '`posts/**`',
    ],
  ])('%o', (options, message, hint) => {
    expect(() => resolved(options)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        exitCode: 2,
        message,
        hint: expect.stringContaining(hint),
      }),
    )
  })
})

describe('several wrong options', () => {
  it('are told at once', () => {
    const options = {
      entry: 5,
      outdir: 'x',
      assets: { include: 'no', skipDirs: 'drafts', only: [] },
      retry: -1,
      sitemap: true,
      publish: {
        default: { backend: 'directory' },
        prod: { ...s3, accessKeyId: 5, acl: '', headers: [{ match: 'a' }, { mtch: 'b' }] },
      },
    }
    expect(() => resolved(options)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        hint: undefined,
        message: [
          'distill() has 13 wrong options',
          '  `entry` is `5`. It must be a string that is not empty.',
          '  `assets.include` is `no`. It must be `true` or `false`.',
          "  `assets.skipDirs` is `drafts`. It must be a list of folders, such as `['drafts']`.",
          '  `assets` has no option `only`. It has `include`, `skipAdminDirs`, `skipDirs`.',
          '  `retry` is `-1`. It must be a whole number, 0 or more.',
          '  `publish.default.path` is missing. It is required.',
          '  `publish.prod.headers[1].match` is missing. It is required.',
          '  `publish.prod.headers[1]` has no option `mtch`. Did you mean `match`?',
          '  `publish.prod.accessKeyId` is a number. It must be a string that is not empty.',
          '  `publish.prod.acl` is an empty string. It must be a string that is not empty.',
          '  `publish.prod` has only one of `accessKeyId` and `secretAccessKey`. Give both, or neither and let the environment or the AWS profile supply them.',
          '  distill() has no option `outdir`. Did you mean `outDir`?',
          "  `sitemap` needs `origin`: a sitemap holds full addresses. Add `origin: 'https://www.example.com'`, or a `publicUrl` to the default target.",
        ].join('\n'),
      }),
    )
  })

  it('are counted where there are many', () => {
    const skipDirs = Array.from({ length: 25 }, (_, i) => i)
    const message = thrown({ assets: { skipDirs } }).message.split('\n')
    expect(message[0]).toBe('distill() has 25 wrong options')
    expect(message[20]).toContain('`assets.skipDirs[19]` is `19`')
    expect(message.slice(21)).toEqual(['  and 5 more'])
  })
})

describe('a secret', () => {
  it.each([
    { publish: 'AccountName=a;AccountKey=hidden' },
    { publish: { default: 'https://me:hidden@www.example.com/' } },
    { publish: { default: { ...s3, secretAccessKey: { value: 'hidden' } } } },
    { publish: { default: { ...s3, sessionToken: ['hidden'], accessKeyId: ['hidden'] } } },
    { publish: { default: { ...s3, endpoint: 'me:hidden@host' } } },
    { publish: { default: { ...s3, publicUrl: '//me:hidden@host' } } },
    { publish: { default: { ...s3, verifyTimeout: 'token=hidden' } } },
    { publish: { default: { backend: 'https://a/?sig=hidden' } } },
    { publish: { default: { backend: 'azure', connectionString: Buffer.from('hidden') } } },
    { publish: { default: { backend: 'azure', accountUrl: 'AccountName=a;AccountKey=hidden' } } },
    { publish: { default: { backend: 'azure', accountUrl: 'https://a/?sig=hidden' } } },
    { publish: { default: { backend: 'gcs', bucket: 'a', credentials: 'hidden' } } },
    { publish: { default: { backend: 'gcs', bucket: ['hidden'] } } },
    { origin: 'htps://me:hidden@www.example.com/' },
  ])('is in no message: %j', (options) => {
    for (const error of [thrown(options), thrown({ ...options, retry: -1 })]) {
      expect(error.code).toBe('OPTION_INVALID')
      expect(error.cause).toBeUndefined()
      expect(describeError(error)).not.toContain('hidden')
    }
  })
})

function thrown(options: unknown): DistillError {
  try {
    resolved(options)
  } catch (error) {
    return error as DistillError
  }
  throw new Error('the options were accepted')
}

describe('resolved options', () => {
  const everything: DistillOptions = {
    entry: 'a.ts',
    languages: ['en'],
    redirects: { '/a': '/b', '/c': { to: '/d', status: 302 } },
    assets: { skipDirs: ['drafts'] },
    links: { served: ['/api/**'] },
    cache: { env: ['API_URL'] },
    cdn: { tag: 'v1' },
    publish: {
      default: {
        backend: 's3',
        bucket: 'www',
        headers: [{ match: ['a'], 'cache-control': 'no-cache' }],
        keepAssets: { days: 1 },
      },
    },
  }

  it('are whole without any', () => {
    expect(resolved({})).toMatchObject({
      outDir: join(root, 'dist/static'),
      manifestFile: join(root, 'dist/static.manifest.jsonl'),
      siteId: 'vite-distill',
      layout: 'directory',
      origin: 'http://localhost',
      languages: [],
      sitemap: false,
      assets: { include: true, skipAdminDirs: true, skipDirs: [] },
      workers: 'auto',
      concurrency: 16,
      timeout: 30_000,
      retry: 0,
      cdn: { tag: 'auto', param: 'tag', html: false, given: false },
      publish: {},
    })
  })

  it('take the origin of the default target', () => {
    const publish = { default: { ...s3, publicUrl: 'https://www.example.com/blog/' } }
    expect(resolved({ sitemap: true, publish }).origin).toBe('https://www.example.com')
  })

  it('take an option that is undefined for one that is not given', () => {
    const none = Object.fromEntries(Object.keys(everything).map((name) => [name, undefined]))
    const { redirects, ...rest } = resolved(none)
    expect(rest).toEqual({ ...resolved({}), redirects: undefined })
    expect(redirects()).toEqual({})
  })

  it('cannot be changed, and are not the objects that were given', () => {
    const given = structuredClone(everything)
    const options = resolved(given)
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen))
    expect(frozen(options)).toBe(true)
    expect(frozen(options.redirects())).toBe(true)
    expect(given).toEqual(everything)
    expect(Object.isFrozen(given.publish!.default)).toBe(false)
    given.languages!.push('fr')
    expect(options.languages).toEqual(['en'])
    expect(options.publish).toEqual(everything.publish)
    expect(options.redirects()).toEqual(everything.redirects)
  })
})

test('the plugin tells what is wrong before it reads any option', () => {
  const [plugin] = distill(null as unknown as DistillOptions)
  const hook = plugin!.config as (user: UserConfig, env: object) => unknown
  expect(() => hook({}, { command: 'serve', mode: 'development' })).toThrow('distill() was given `null`')
})

test('a schema that is not what its interface says does not compile', () => {
  interface Example {
    name: string
    folder?: string
  }
  const folder = object<{ folder?: string }>
  expect([
    // @ts-expect-error no schema for `folder`
    () => object<Example>()({ name: text() }),
    // @ts-expect-error `folder` is optional
    () => object<Example>()({ name: text(), folder: text() }),
    // @ts-expect-error the schema takes less than the interface
    () => object<{ name: string | number }>()({ name: text() }),
    // @ts-expect-error the schema takes more than the interface
    () => object<{ name: 'a' }>()({ name: text() }),
    // @ts-expect-error no such option
    () => folder()({ folder: targetEntries.prefix, other: text() }),
  ]).toHaveLength(5)
})

test('wrong options are red in the editor', () => {
  const wrong: DistillOptions[] = [
    // @ts-expect-error a string
    { siteId: 5 },
    // @ts-expect-error no such option
    { outdir: 'x' },
    // @ts-expect-error one of three words
    { layout: 'flat' },
    // @ts-expect-error no `bucket`
    { publish: { default: { backend: 's3' } } },
    // @ts-expect-error no such option of a directory
    { publish: { default: { backend: 'directory', path: 'a', bucket: 'b' } } },
  ]
  expect(wrong).toHaveLength(5)
})

/** What a schema says of an option, as far as a page of documentation does. */
type Schema = v.GenericSchema & {
  readonly entries?: Record<string, Schema>
  readonly pipe?: readonly Schema[]
  readonly wrapped?: Schema
  /** Of a schema that depends on what was given. */
  readonly getter?: (given: unknown) => Schema
  readonly default?: unknown
}

/** The options of a schema, those of `assets` as `assets.include`. */
function optionsOf(schema: Schema, prefix = ''): [name: string, schema: Schema][] {
  const outer = schema.wrapped ?? schema
  const inner = outer.getter?.({}) ?? outer
  const entries = inner.entries ?? inner.pipe?.find(({ entries }) => entries)?.entries
  if (!entries) return [[prefix, schema]]
  return Object.entries(entries).flatMap(([name, entry]) =>
    optionsOf(entry, prefix === '' ? name : `${prefix}.${name}`),
  )
}

/** The options in the tables of a page whose first column is `option`: names, and the column `default`. */
function documented(page: string): Map<string, string | undefined> {
  const rows = readFileSync(join(root, '../docs', page), 'utf8').matchAll(/^(\|.*\|\n)+/gm)
  const options = new Map<string, string | undefined>()
  for (const [table] of rows) {
    const [head, , ...body] = table
      .trim()
      .split('\n')
      .map((row) => row.split(/(?<!\\)\|/).slice(1, -1))
      .map((row) => row.map((cell) => cell.trim()))
    if (head![0] !== 'option') continue
    const column = head!.indexOf('default')
    for (const row of body)
      for (const [, name] of row[0]!.matchAll(/`([^`]+)`/g)) options.set(name!, row[column])
  }
  return options
}

describe('the documentation', () => {
  const common = Object.keys(targetEntries)

  it('has every option of the plugin, with its default', () => {
    const options = optionsOf(optionsSchema)
    const table = documented('options.md')
    expect([...table.keys()].sort()).toEqual(options.map(([name]) => name).sort())
    for (const [name, { default: preset }] of options) {
      const cell = table.get(name)
      if (preset === undefined) expect(cell, name).not.toBe('')
      else expect(cell, name).toBe(`\`${JSON.stringify(preset).replaceAll('"', "'")}\``)
    }
  })

  it('has every option that all targets have', () => {
    expect([...documented('publish.md').keys()].sort()).toEqual(['backend', ...common].sort())
  })

  it('has every option of `purge`', () => {
    const options = optionsOf(targetEntries.purge as Schema)
    const table = documented('purge.md')
    expect([...table.keys()].sort()).toEqual(options.map(([name]) => name).sort())
    for (const [name, { type }] of options)
      if (type !== 'optional') expect(table.get(name), name).toBe('required')
  })

  it.each(Object.entries(targetSchemas))('has every option of a target `%s`', (name, schema) => {
    const own = optionsOf(schema as Schema).filter(
      ([name]) => name !== 'backend' && !common.includes(name.split('.')[0]!),
    )
    const table = documented(`backends/${name}.md`)
    expect([...table.keys()].sort()).toEqual(own.map(([name]) => name).sort())
    for (const [option, { type }] of own)
      if (type !== 'optional') expect(table.get(option), option).toMatch(/^(needed|required)$/)
  })
})

it.each([
  ['/docs', '/docs/'],
  ['./', '/'],
  ['', '/'],
  ['docs/', '/docs/'],
  ['/é/', '/%C3%A9/'],
  ['/a%20b/', '/a%20b/'],
  ['https://cdn.example.com/é', '/%C3%A9/'],
])("Vite's `base` %o is the path %o", (base, path) => {
  expect(resolveOptions({}, { root, base }).base).toBe(path)
})

it('the site is beside the builds of client and server, unless `outDir` says otherwise', () => {
  const { outDir } = resolveOptions({}, { root: '/app', base: '/', buildDir: 'build' })
  expect(outDir).toBe('/app/build/static')
  expect(
    resolveOptions({ outDir: 'dist/static' }, { root: '/app', base: '/', buildDir: 'build' }).outDir,
  ).toBe('/app/dist/static')
})
