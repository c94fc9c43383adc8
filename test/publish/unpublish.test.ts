import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackend } from '../../src/backends/open.ts'
import type { Target } from '../../src/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { StateObject } from '../../src/publish/state/state-object.ts'
import { openStore } from '../../src/publish/store/store.ts'
import { unpublish } from '../../src/publish/unpublish.ts'
import type { UnpublishFlags } from '../../src/publish/unpublish-result.ts'
import { website } from '../../src/vite/website.ts'
import { sourceOf } from '../backends/source.ts'
import { clouds, type Cloud } from './clouds.ts'
import { faulty } from './faulty.ts'
import { blog, contents, Project } from './project.ts'
import { record } from './samples.ts'
import { serving } from './serve.ts'

const directory = async (): Promise<Cloud> => ({
  target: async () => ({ backend: 'directory', path: `${new Project().home}/www` }),
  statePlace: async () => ({ statePath: `${new Project().home}/state` }),
  addressOf: () => '',
  stop: async () => {},
})
const yes = { yes: true }

describe.each([...clouds, ['directory', directory] as [string, () => Promise<Cloud>]])('%s', (_, start) => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await start()
  })
  afterAll(() => cloud.stop())

  async function keysOf(target: Target): Promise<string[]> {
    const backend = await openBackend(target, '.')
    const found: string[] = []
    for await (const page of backend.list('')) found.push(...page.map(({ key }) => key))
    backend.close?.()
    return found.sort()
  }

  async function put(target: Target, key: string, text: string): Promise<void> {
    const backend = await openBackend(target, '.')
    await backend.put(key, sourceOf(text), { headers: { 'content-type': 'text/plain' } })
    backend.close?.()
  }

  test('removes a preview under a prefix, and nothing of other sites or of nobody', async () => {
    const target = await cloud.target()
    const root = new Project()
    root.targets({
      default: target,
      preview: { ...target, prefix: 'pr-12' },
      next: { ...target, prefix: 'pr-1' },
    })
    root.build(blog('1'))
    for (const name of ['default', 'preview', 'next']) await publish(root.options, name, yes)
    const others = (await keysOf(target)).filter((key) => !key.startsWith('pr-12/'))
    await put(target, 'pr-12/unmanaged.txt', 'mine')
    await put(target, 'pr-12/.vite-distill/notes.txt', 'mine')
    await put(target, 'pr-12/.vite-distill/objects/abc', 'of a release')
    await put(target, 'pr-12/logo.png', 'replaced')

    const planned = await unpublish(root.options, 'preview', { dryRun: true })
    expect(planned).toMatchObject({ found: true, dryRun: true, requests: { put: 0, remove: 0 } })
    const { plan, unmanaged, notices } = await unpublish(root.options, 'preview', yes)
    expect(plan).toEqual(planned.plan)
    expect(plan.map(({ key }) => key)).toEqual(
      Object.keys(blog('1'))
        .filter((key) => key !== 'logo.png')
        .sort(),
    )
    expect(unmanaged).toBe(2)
    expect(notices).toEqual([
      '`logo.png` was changed by something else since it was published: left alone.',
      'Nothing was verified: the target has no `publicUrl`.',
    ])
    const left = ['pr-12/.vite-distill/notes.txt', 'pr-12/logo.png', 'pr-12/unmanaged.txt']
    expect(await keysOf(target)).toEqual([...others, ...left].sort())

    // Nothing is there any more: nothing is written.
    expect(await unpublish(root.options, 'preview')).toMatchObject({
      found: false,
      plan: [],
      requests: { put: 0, remove: 0 },
    })
    // A site around others goes without them.
    await unpublish(root.options, 'default', yes)
    expect(await keysOf(target)).toEqual([...others.filter((key) => key.startsWith('pr-1/')), ...left].sort())
    expect((await publish(root.options, 'preview', yes)).counts.upload).toBe(5)
  })

  test('removes a state in another place, and its mark', async () => {
    const target = await cloud.target()
    const place = (await cloud.statePlace()) as Record<string, string>
    const project = new Project()
    project.targets({ default: { ...target, ...place } as Target, without: target })
    project.build(blog('1'))
    await publish(project.options, 'default', yes)
    await expect(unpublish(project.options, 'without', yes)).rejects.toMatchObject({
      code: 'STATE_MISPLACED',
    })
    await unpublish(project.options, 'default', yes)
    expect(await keysOf(target)).toEqual([])
    const { stateBucket, stateContainer, statePath } = place
    const second = { ...target, bucket: stateBucket, container: stateContainer, path: statePath }
    expect(await keysOf(second as unknown as Target)).toEqual([])
  })
})

/** A site in a folder, with its address. */
async function published(site = blog('1')) {
  const project = new Project()
  const publicUrl = await serving(website(project.www))
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl } })
  project.build(site)
  await publish(project.options, undefined, yes)
  const remove = (flags: UnpublishFlags = yes, context = {}) =>
    unpublish(project.options, 'default', flags, context)
  return { project, remove, publicUrl }
}
const stateFile = ({ www }: Project) => join(www, '.vite-distill/state.json')

test('a state in ranges goes with its ranges, its releases and the copies that they need', async () => {
  const { project } = await published()
  const { default: target } = project.options.publish
  const options = { ...project.options, publish: { default: { ...target!, releases: 2 } } }
  for (const version of ['2', '3']) {
    project.build(blog(version))
    await publish(options, undefined, yes)
  }
  const store = openStore(await openBackend(target!, project.root), undefined)
  const stateObject = new StateObject(store, { releases: 2 })
  const { state } = await stateObject.read()
  // Of objects that something else has removed.
  const records = Array.from({ length: 2600 }, (_, i) => record(`p/${String(i).padStart(4, '0')}.html`))
  const changes = () => records.map((record) => ({ key: record.key, recordAfter: () => record }))
  await stateObject.write(state!.header, { changes, headers: new Map() })
  store.close()
  const own = Object.keys(contents(project.www)).filter((key) => key.startsWith('.vite-distill/'))
  for (const folder of ['ranges', 'objects'])
    expect(own.some((key) => key.startsWith(`.vite-distill/${folder}/`))).toBe(true)
  const { plan } = await unpublish(options, 'default', { yes: true, skipVerify: true })
  expect(plan).toHaveLength(6)
  expect(contents(project.www)).toEqual({})
})

test('what is deleted is looked for at the public address', async () => {
  const { project, remove } = await published()
  expect(await remove()).toMatchObject({ verified: 6, notices: [] })
  expect(contents(project.www)).toEqual({})

  // A cache that never forgets.
  const copies = new Map<string, string>()
  const files = project.www
  const publicUrl = await serving(({ url }) => {
    const path = new URL(url).pathname.replace(/\/$/, '/index.html')
    try {
      copies.set(path, readFileSync(join(files, decodeURIComponent(path)), 'utf8'))
    } catch {
      // It is gone from the folder.
    }
    return new Response(copies.get(path) ?? null, { status: copies.has(path) ? 200 : 404 })
  })
  project.targets({ default: { backend: 'directory', path: '../www', publicUrl } })
  project.build(blog('1'))
  await publish(project.options, undefined, yes)
  const failed = unpublish(project.options, 'default', yes)
  await expect(failed).rejects.toThrow(/were deleted, but these addresses still serve them:\n {2}http/)
  await expect(failed).rejects.toMatchObject({ code: 'UNVERIFIED', exitCode: 5 })
  expect(project.published()).toEqual({})
  // The state still knows what was there: with a purge, the next run verifies it.
  const purged: string[] = []
  const purge = (urls: readonly string[]) => {
    purged.push(...urls)
    copies.clear()
  }
  const { default: target } = project.options.publish
  const options = { ...project.options, publish: { default: { ...target!, purge } } }
  const result = await unpublish(options, 'default')
  expect(result).toMatchObject({ found: true, plan: [], verified: 6, purged: purged.length })
  expect(purged).toContain(`${publicUrl}about/`)
  expect(contents(project.www)).toEqual({})
  expect(await unpublish(options, 'default')).toMatchObject({ found: false })
})

test('an object that one listing lacks is deleted too', async () => {
  const { project, remove } = await published()
  let listings = 0
  const open: typeof openBackend = async (...args) => {
    const backend = await openBackend(...args)
    return {
      ...backend,
      async *list(prefix, after) {
        const lacks = prefix === '' && listings++ === 0
        for await (const page of backend.list(prefix, after))
          yield page.filter(({ key }) => !lacks || key !== 'about/index.html')
      },
    }
  }
  await remove(yes, { open })
  expect(contents(project.www)).toEqual({})
})

test('it is refused where nobody agrees, for another site, and for a damaged state', async () => {
  const { project, remove } = await published()
  const before = contents(project.www)
  const refused = (code: string) => expect.objectContaining({ code, exitCode: 3 }) as unknown
  await expect(remove({})).rejects.toEqual(refused('DELETES_UNCONFIRMED'))
  const asked: unknown[] = []
  const no = async (...args: unknown[]) => (asked.push(args), false)
  await expect(remove({}, { confirm: no })).rejects.toThrow('so nothing was removed')
  expect(asked).toEqual([[6, `${project.www}/`, 0]])
  await expect(unpublish({ ...project.options, siteId: 'other' }, 'default', yes)).rejects.toEqual(
    refused('SITE_FOREIGN'),
  )
  await expect(unpublish(project.options, 'defalt', yes)).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
  expect(contents(project.www)).toEqual(before)
  const state = readFileSync(stateFile(project), 'utf8')
  writeFileSync(stateFile(project), state.slice(0, -20))
  await expect(remove()).rejects.toEqual(refused('STATE_DAMAGED'))
  writeFileSync(stateFile(project), state.replace(/"version":\d+/, '"version":99'))
  await expect(remove()).rejects.toEqual(refused('STATE_UNKNOWN'))
  writeFileSync(stateFile(project), state)
  expect(contents(project.www)).toEqual(before)
})

test('a living publish keeps it out', async () => {
  const { project, remove } = await published()
  const lock = join(project.www, '.vite-distill/lock.json')
  writeFileSync(lock, JSON.stringify({ run: 'x', owner: 'somebody', since: 'now', renewed: 0 }))
  await expect(remove()).rejects.toMatchObject({
    code: 'LOCKED',
    exitCode: 6,
    hint: expect.stringContaining('Unpublish again when it has ended') as string,
  })
  await expect(remove(yes, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    exitCode: 130,
    hint: 'Unpublish again: it goes on with what is left.',
  })
  expect(Object.keys(project.published())).toHaveLength(6)
})

test('what a publish writes between the plan and the lock is asked for again', async () => {
  const { project } = await published()
  const storage: ReturnType<typeof faulty> = faulty(async (call, work) => {
    const { name, what } = storage.calls[call - 1]!
    if (name === 'put' && what.endsWith('lock.json') && call < 5) {
      project.build({ ...blog('1'), 'later.txt': 'later' })
      await publish(project.options, undefined, yes)
    }
    return work()
  })
  const asked: number[] = []
  const confirm = async (deletes: number) => asked.push(deletes) > 0
  await unpublish(project.options, 'default', {}, { open: storage.open, confirm })
  expect(asked).toEqual([6, 7])
  expect(contents(project.www)).toEqual({})
})

test('the command says what it does, and needs no built site', async () => {
  const { project } = await published()
  mkdirSync(join(project.home, 'elsewhere'))
  const run = (...args: string[]) => project.run(['unpublish', ...args])
  const refused = await run('default')
  expect(refused).toMatchObject({ exitCode: 3 })
  expect(refused.stderr).toContain('Unpublishing ')
  expect(refused.stderr).toContain('Allow it with `--yes`')
  const plan = await run('default', '--dry-run')
  expect(plan.stdout).toMatch(/^Dry run: 6 to delete in .*, and the state\n {2}- /)
  project.write('dist/static.manifest.jsonl', 'not a manifest')
  const { exitCode, stdout } = await run('default', '--yes', '--json')
  expect(exitCode).toBe(0)
  expect(JSON.parse(String(stdout))).toMatchObject({
    target: 'default',
    found: true,
    siteId: 'test',
    verified: 6,
  })
  expect(contents(project.www)).toEqual({})
  expect((await run('default')).stdout).toMatch(/^✓ Nothing is published in /)
})
