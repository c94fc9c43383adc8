import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { type InlineConfig, resolveConfig } from 'vite'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ResolvedOptions } from '../../../src/options.ts'
import { type Fingerprint, changedParts, parts } from '../../../src/render/cache/fingerprint.ts'
import type { BuiltApp } from '../../../src/render/worker/app-thread.ts'
import { configFiles } from '../../../src/vite/config-files.ts'
import { distill } from '../../../src/vite/plugin.ts'
import { type App, cleanEnv, createApp, repository, serverEntry, viteConfig } from '../../app.ts'
import { appIn, fingerprintIn } from './read.ts'

const config = viteConfig("{ cdn: { tag: 'v1' }, cache: { env: ['API_URL'] }, transform }")
const entry = serverEntry("'/': { distill: true, default: () => page(cdnStatic('logo.svg')) },")
const files = {
  'vite.config.ts': `import { transform } from './site/transform.ts'\n${config}`,
  'site/transform.ts':
    "import { mark } from './mark.ts'\nexport const transform = (page) => void mark(page)\n",
  'site/mark.ts': 'export const mark = (page) => page\n',
  'src/entry-server.ts': `import { cdnStatic } from 'vite-distill/cdn'\n${entry}`,
  'src/entry-client.ts': "import './style.css'\nconsole.log('client')\n",
  'public/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'package-lock.json': '{ "lockfileVersion": 3 }\n',
  '.env': 'GREETING=hello\n',
}

/** The parts of two fingerprints that are not the same. */
const differing = (last: Fingerprint, now: Fingerprint) =>
  (Object.keys(parts) as (keyof Fingerprint)[]).filter((part) => last[part] !== now[part])

describe('a fingerprint', () => {
  let app: App
  let built: BuiltApp
  let first: Fingerprint
  const at = (path: string) => join(app.dir, path)
  const now = async () => fingerprintIn(await appIn(app.dir))
  /** What differs from the first build with other options. */
  const withOptions = (options: Partial<ResolvedOptions>) =>
    differing(first, fingerprintIn({ ...built, options: { ...built.options, ...options } }))
  /** Writes a file for one test. */
  function write(path: string, content: string): void {
    const before = existsSync(at(path)) ? readFileSync(at(path)) : undefined
    mkdirSync(join(at(path), '..'), { recursive: true })
    writeFileSync(at(path), content)
    onTestFinished(() => (before ? writeFileSync(at(path), before) : rmSync(at(path))))
  }
  /** Adds a byte or more to a file of the app for one test. */
  const append = (path: string, text: string) => write(path, readFileSync(at(path), 'utf8') + text)
  function setEnv(name: string, value: string): void {
    const before = process.env[name]
    process.env[name] = value
    onTestFinished(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }

  beforeAll(async () => {
    app = await createApp(files)
    await app.build()
    built = await appIn(app.dir)
    first = fingerprintIn(built)
  })

  it('holds short hashes, and no value of a variable', async () => {
    const { node, version, ...hashes } = first
    expect(node).toBe(process.versions.node.split('.')[0])
    const { version: ours } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    expect(version).toBe(ours)
    for (const hash of Object.values(hashes)) expect(hash).toMatch(/^[\w-]{22}$/)
    expect(new Set(Object.values(hashes)).size).toBe(7)
    expect(await now()).toEqual(first)
  })

  it.each<[string, string[], (text: string) => string]>([
    ['src/entry-server.ts', ['server'], (code) => code.replace("'logo.svg'", "'logo.png'")],
    ['src/entry-client.ts', ['client'], (code) => code.replace("'client'", "'Client'")],
    ['src/style.css', ['client'], (css) => css.replace('teal', 'navy')],
    ['index.html', ['client'], (html) => html.replace('Fixture', 'fixture')],
    ['index.html', [], (html) => html],
  ])('of a build after a change of %s differs in %j', async (path, expected, change) => {
    const before = await app.read(path)
    await app.write({ [path]: change(before) })
    try {
      await app.build()
      expect(differing(first, await now())).toEqual(expected)
    } finally {
      await app.write({ [path]: before })
    }
  })

  describe('without another build', () => {
    beforeAll(async () => {
      await app.build()
    })

    it.each<[what: string, expected: string[], change: () => void]>([
      ['the lockfile', ['lockfile'], () => append('package-lock.json', ' ')],
      ['a second lockfile', ['lockfile'], () => write('bun.lock', '')],
      ['what npm installed', ['lockfile'], () => write('node_modules/.package-lock.json', '{}')],
      ['a patch of a package', ['lockfile'], () => write('patches/h3+2.0.0.patch', '-a\n+b\n')],
      ['the config', ['config'], () => append('vite.config.ts', '//')],
      ['a file that the config imports', ['config'], () => append('site/transform.ts', '//')],
      ['a file that this one imports', ['config'], () => append('site/mark.ts', '//')],
      ['a variable in `.env`', ['env'], () => write('.env', 'GREETING=hallo\n')],
      ['a new variable in `.env.production.local`', ['env'], () => write('.env.production.local', 'A=1\n')],
      ['a variable that `.env` names', ['env'], () => setEnv('GREETING', 'hi')],
      ['a variable that `cache.env` names', ['env'], () => setEnv('API_URL', 'https://api.example.com')],
      ['another variable', [], () => setEnv('OTHER', '1')],
      ['a comment in `.env`', [], () => write('.env', '# Polite\nGREETING=hello\n')],
      ['the file of another mode', [], () => write('.env.staging', 'GREETING=hi\n')],
      ['the time zone', ['env'], () => setEnv('TZ', 'Pacific/Kiritimati')],
      ['the language', ['env'], () => setEnv('LC_ALL', 'de_AT.UTF-8')],
      ['the template after the build', ['client'], () => append('dist/client/index.html', ' ')],
      ['a source map', [], () => write('dist/server/more.js.map', '{}')],
      ['a file of data beside the bundle', ['server'], () => write('dist/server/assets/world.map', '{}')],
      ['a file of `public/` that no page can name a tag of', [], () => write('dist/client/new.svg', '')],
    ])('%s: %j', async (_, expected, change) => {
      change()
      expect(differing(first, await now())).toEqual(expected)
    })

    it.each<[Partial<ResolvedOptions>, string[]]>([
      [{ base: '/docs/' }, ['options']],
      [{ origin: 'https://www.example.com' }, ['options']],
      [{ layout: 'file' }, ['options']],
      [{ languages: ['en'] }, ['options']],
      [{ requestBase: true }, ['options']],
      [{ links: { missing: 'error', fragments: 'error', ignore: [], served: ['/api/**'] } }, ['options']],
      [{ links: { missing: 'warn', fragments: false, ignore: ['/a'], served: [] } }, []],
      [{ transform: () => null }, ['options']],
      [{ transform: undefined }, ['options']],
      [{ workers: 2, concurrency: 1, timeout: 5, retry: 2, siteId: 'a', sitemap: true }, []],
      [{ fallback: '200.html', redirects: () => ({ '/a': '/' }) }, []],
      [{ cache: { audit: 1, env: ['API_URL'], from: 'www' } }, []],
      [{ cache: { audit: 0.01, env: ['OTHER'], from: undefined } }, ['env']],
    ])('options %o: %j', (options, expected) => {
      expect(withOptions(options)).toEqual(expected)
    })

    it('with `cdn.html`, a new public file changes the tags', async () => {
      const { options } = built
      const tagged = { ...built, options: { ...options, cdn: { ...options.cdn, html: true } } }
      const before = fingerprintIn(tagged)
      expect(differing(first, before)).toEqual(['tags'])
      write('dist/client/new.svg', '<svg/>')
      expect(differing(before, fingerprintIn(tagged))).toEqual(['tags'])
    })

    it('the major version of Node, and no other', () => {
      const { versions } = process
      const onNode = (node: string) => {
        Object.defineProperty(process, 'versions', { value: { ...versions, node }, configurable: true })
        return differing(first, fingerprintIn(built))
      }
      onTestFinished(() => void Object.defineProperty(process, 'versions', { value: versions }))
      const major = Number(first.node)
      expect(onNode(`${major + 1}.0.0`)).toEqual(['node'])
      expect(onNode(`${major}.99.1`)).toEqual([])
    })

    it('another version of this package', async () => {
      const other = await createApp({ 'package.json': '{ "type": "module", "version": "99.0.0" }' })
      await cp(join(repository, 'dist'), join(other.dir, 'dist'), { recursive: true })
      const url = pathToFileURL(join(other.dir, 'dist/render/cache/fingerprint.js')).href
      const { fingerprintOf } = (await import(
        url
      )) as typeof import('../../../src/render/cache/fingerprint.ts')
      expect(differing(first, fingerprintOf({ ...built, tagging: undefined }))).toEqual(['version'])
    })

    it('another entry of the same bundle', () => {
      const { server } = built.build
      const other = { ...built, build: { ...built.build, server: server.replace('entry-server', 'other') } }
      expect(differing(first, fingerprintIn(other))).toEqual(['server'])
    })

    it('the time zone or the locale of the machine', () => {
      const resolved = Intl.DateTimeFormat().resolvedOptions()
      for (const other of [{ timeZone: 'Pacific/Kiritimati' }, { locale: 'de-AT' }]) {
        const spy = vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions')
        onTestFinished(() => spy.mockRestore())
        spy.mockReturnValue({ ...resolved, ...other })
        expect(differing(first, fingerprintIn(built))).toEqual(['env'])
      }
    })

    it('what lies beside the bundle in its folder is not the bundle', async () => {
      const publish = { default: { backend: 'directory' as const, path: 'dist/www' } }
      const options = { ...built.options, publish }
      const wide = { ...built, options, build: { ...built.build, serverDir: app.dir } }
      const before = fingerprintIn(wide)
      for (const path of ['static/a.html', 'static.cache.jsonl', 'www/a.html', 'client/a.js', '.git/HEAD'])
        write(`dist/${path}`, 'a')
      write('node_modules/a.js', 'a')
      expect(differing(before, fingerprintIn(wide))).toEqual([])
      write('dist/server/node_modules/a.js', 'a')
      expect(differing(before, fingerprintIn(wide))).toEqual(['server'])
    })

    it('what a link beside the bundle leads to is the bundle, even a folder above it', async () => {
      const link = (path: string, to: string) => {
        symlinkSync(at(to), at(path))
        onTestFinished(() => rmSync(at(path)))
      }
      write('data/a.json', '1')
      link('dist/server/a.json', 'data/a.json')
      link('dist/server/data', 'data')
      link('dist/server/again', 'data')
      link('dist/server/above', 'dist')
      link('dist/server/nothing', 'not-there')
      const linked = fingerprintIn(built)
      expect(differing(first, linked)).toEqual(['server'])
      expect(fingerprintIn(built)).toEqual(linked)
      appendFileSync(at('data/a.json'), ' ')
      expect(differing(linked, fingerprintIn(built))).toEqual(['server'])
    })

    it('a file that cannot be read equals nothing', () => {
      write('gone.ts', '')
      const sources = { ...built.sources, configFiles: [at('not-there.ts')] }
      const unread = () => fingerprintIn({ ...built, sources })
      expect(differing(unread(), unread())).toEqual(['config'])
    })
  })

  describe('knows the files of the config', () => {
    const resolved = async (inline: InlineConfig) => {
      const all = await resolveConfig({ root: app.dir, logLevel: 'silent', ...inline }, 'build', 'production')
      return configFiles(all, built.options)
    }
    const transform = () => undefined

    it('as the commands do, whoever loads it', async () => {
      const expected = ['site/mark.ts', 'site/transform.ts', 'vite.config.ts'].map(at)
      expect([...new Set(built.sources.configFiles)].sort()).toEqual(expected)
      expect([...new Set(await resolved({}))].sort()).toEqual(expected)
      expect([...new Set(await resolved({ configLoader: 'runner' }))].sort()).toEqual(expected)
    })

    it('unless code of the options is in none that Vite names', async () => {
      expect(await resolved({ configFile: false, plugins: [distill({ transform })] })).toBeUndefined()
      const options = { ...built.options, transform: undefined }
      const inline = await resolveConfig({ root: app.dir, configFile: false }, 'build')
      expect(await configFiles(inline, options)).toEqual([])
      expect(await configFiles(inline, built.options)).toBeUndefined()
      const native = { ...inline, configFile: at('vite.config.js'), configFileDependencies: [] }
      native.inlineConfig = { configLoader: 'native' }
      expect(await configFiles(native, options)).toBeUndefined()
      const both = { ...native, inlineConfig: { plugins: [Promise.resolve([distill({ transform })])] } }
      expect(await configFiles(both, built.options)).toBeUndefined()
      expect(await configFiles(both, options)).toEqual([at('vite.config.js')])
    })
  })

  it('says in words what changed', () => {
    expect(changedParts(first, first)).toEqual([])
    expect(changedParts(first, { ...first, node: '99', server: 'x' })).toEqual([
      'the server bundle',
      'the major version of Node.js',
    ])
    const sources = { ...built.sources, configFiles: undefined }
    const unknown = () => fingerprintIn({ ...built, sources })
    expect(changedParts(unknown(), unknown())).toEqual([
      'the Vite config (only a part of it can be compared)',
    ])
  })
})

describe('the tag of a commit', () => {
  let app: App
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd: app.dir,
      extendEnv: false,
      env: cleanEnv(),
    })

  it('changes with the next commit, and nothing else does', async () => {
    app = await createApp({
      ...files,
      'vite.config.ts': viteConfig('{ cdn: {} }'),
      '.gitignore': 'dist\nnode_modules\n',
    })
    await git('init', '-q')
    await git('add', '.')
    await git('commit', '-qm', 'one')
    await app.build()
    const first = fingerprintIn(await appIn(app.dir))
    await app.build()
    expect(fingerprintIn(await appIn(app.dir))).toEqual(first)
    await git('commit', '-qm', 'two', '--allow-empty')
    await app.build()
    expect(differing(first, fingerprintIn(await appIn(app.dir)))).toEqual(['tags'])
  })
})
