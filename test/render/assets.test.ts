import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { resolveOptions } from '../../src/options.ts'
import { assetFile, listAssets } from '../../src/render/assets.ts'

/** The keys of the assets that the site would have of a client build with these files. */
async function keysOf(files: Record<string, string>, assets = {}): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'assets-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const all = Object.entries(files).map(([key, text]) => [`client/${key}`, text] as const)
  const app = {
    'server/entry.js': 'the bundle',
    'server/entry.js.map': 'map',
    'src/entry-server.ts': 'source',
  }
  for (const [path, text] of [...Object.entries(app), ...all]) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const options = resolveOptions({ assets, entry: 'src/entry-server.ts' }, { root, base: '/' })
  const build = {
    client: join(root, 'client'),
    server: join(root, 'server/entry.js'),
    serverDir: join(root, 'server'),
  }
  return listAssets(build, options)
    .map(({ key }) => key)
    .sort()
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

describe('a file that visitors must not get', () => {
  it.each([
    ['.env', '.env'],
    ['deep/.env.production', 'deep/.env.production'],
    ['.ENV', '.ENV'],
    ['.env-local', '.env-local'],
    ['.envrc', '.envrc'],
    ['.git/config', '.git'],
    ['.svn/entries', '.svn'],
    ['.htpasswd', '.htpasswd'],
    ['.npmrc', '.npmrc'],
    ['.ssh/known_hosts', '.ssh'],
    ['keys/id_ed25519', 'keys/id_ed25519'],
    ['cert.pfx', 'cert.pfx'],
  ])('by its name: %s', async (key, shown) => {
    await expect(keysOf({ [key]: '' })).rejects.toMatchObject({
      code: 'FILE_PRIVATE',
      message: expect.stringContaining(`  \`${shown}\`: `),
    })
  })

  const legacy =
    '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIEpAIBAAKCAQEAwyeYMY2YMk0OcGnLnHWYu\n'
  const pgp = '-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQOYBGZkZGYBCADGx0n3rJ8sYwJ4yVgU5wfE\n'
  it.each([
    ['server.key', privateKey],
    ['chain.txt', `${publicKey}${privateKey.replaceAll('\n', '\r\n')}`],
    ['account.json', JSON.stringify({ private_key: privateKey })],
    ['legacy.pem', legacy],
    ['pgp.asc', pgp],
  ])('by a private key in it: %s', async (key, text) => {
    await expect(keysOf({ [key]: text })).rejects.toMatchObject({
      code: 'FILE_PRIVATE',
      message: expect.stringContaining(`\`${key}\`: a private key`),
    })
  })

  it("that is the server's: a copy of its bundle, or a source map", async () => {
    const map = JSON.stringify({ version: 3, sources: ['../../src/entry-server.ts'] })
    const files = {
      'copy.js': 'the bundle',
      'copy.js.map': 'map',
      'copy.ts': 'source',
      'maps/app.js.map': map,
      'b.js.map': '{"sources":["../src/b.ts"]}',
    }
    await expect(keysOf(files)).rejects.toMatchObject({
      message: expect.stringMatching(
        /`copy\.js`: [^]*`copy\.js\.map`: [^]*`copy\.ts`: [^]*`maps\/app\.js\.map`: the server's code$/,
      ),
    })
  })

  it('is not one that only looks like one, nor one in a folder that is left out', async () => {
    const files = {
      '.gitkeep': '',
      '.envelope': '',
      '.well-known/security.txt': '',
      '.htaccess': '',
      'environment.env.txt': '',
      'guide.md': 'It begins with `-----BEGIN PRIVATE KEY-----`, then comes base64.',
      'public.pem': publicKey,
      'other.js': 'the_bundle',
    }
    const left = { 'drafts/.env': '', 'admin/id_rsa': '' }
    expect(await keysOf({ ...files, ...left }, { skipDirs: ['drafts'] })).toEqual(Object.keys(files).sort())
  })

  it('is named with all others', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}/.env`, '']))
    const error = await keysOf(files).then(undefined, (reason: Error) => reason)
    expect(error).toMatchObject({ message: expect.stringMatching(/^(?:.*\n){21} {2}and 10 more$/) })
  })
})

describe('assets', () => {
  it('are without what file managers and editors leave behind', async () => {
    const left = [
      '.DS_Store',
      'a/.DS_Store',
      '._a.png',
      'Thumbs.db',
      'desktop.ini',
      'a.txt~',
      '.a.txt.swp',
      '#a#',
    ]
    const kept = ['a.txt', 'a/b~c.txt', 'a/#1.txt', 'a.swp.txt']
    expect(await keysOf(Object.fromEntries([...left, ...kept].map((key) => [key, ''])))).toEqual(kept.sort())
  })

  it('are without folders named `admin` in any case', async () => {
    const files = { 'Admin/a': '', 'ADMIN2/b': '', 'sub/aDmIn/c': '', 'sub/admin.txt': '' }
    expect(await keysOf(files)).toEqual(['ADMIN2/b', 'sub/admin.txt'])
    expect(await keysOf(files, { skipAdminDirs: false })).toHaveLength(4)
  })

  it.each([
    'con.txt',
    'a:b.txt',
    'what?.txt',
    'a*b',
    '<a>',
    'a|b',
    '"a"',
    'dot.',
    'space /a',
    'tab\t.txt',
    'back\\slash',
  ])('cannot have a name that some file systems refuse: %j', async (key) => {
    await expect(keysOf({ [key]: '' })).rejects.toMatchObject({
      code: 'PATH_UNSAFE',
      message: expect.stringContaining(`\`${key}\`: `),
    })
  })

  it('have no HTML type without an extension', () => {
    const type = (key: string) => assetFile({ key, from: '', hashed: false }).headers['content-type']
    expect(['LICENSE', 'a.b/c', 'a.html'].map(type)).toEqual([
      'application/octet-stream',
      'application/octet-stream',
      'text/html; charset=utf-8',
    ])
  })
})
