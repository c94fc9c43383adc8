import { expect, test } from 'vitest'
import type { StoredObject } from '../../../src/backends/backend.ts'
import { compareKeys } from '../../../src/keys.ts'
import { planPublish } from '../../../src/publish/plan/plan.ts'
import type { DesiredObject } from '../../../src/publish/site/objects.ts'
import type { StateRecord, WrittenRecord } from '../../../src/publish/state/record.ts'
import { Journal } from '../../../src/publish/sync/journal.ts'
import type { KeepAssets } from '../../../src/target-options.ts'
import { file, object, pending, record, stateOf } from '../samples.ts'

const day = 86_400_000
const now = 100 * day

/** The plan for the key `k`, with its only entry in short. */
async function decide(
  site: DesiredObject | undefined,
  stored: StoredObject | undefined,
  known: StateRecord | undefined,
  {
    keepsHeaders = true,
    ignoreRemote = false,
    excludeAssets = false,
    adopt = false,
    keepAssets = false as KeepAssets | false,
    maxRewrite = 10,
  } = {},
) {
  const state = stateOf(...(known ? [known] : []))
  const plan = await planPublish({
    files: site ? [site] : [],
    remote: ignoreRemote ? undefined : stored ? [stored] : [],
    state,
    keepsHeaders,
    maxRewrite,
    excludeAssets,
    adopt,
    keepAssets,
    deploy: 10,
    now,
    everything: true,
  })
  const [entry] = plan.entries
  const records = [...new Journal(plan, state, true).records()]
  return { plan, entry, says: entry ? `${entry.action} ${entry.reason}` : 'nothing', records }
}

test.each([
  ['upload new', file('k'), undefined, undefined],
  ['upload new', file('k'), undefined, record('k')],
  ['upload new', file('k'), undefined, pending('k', null)],
  ['keep unchanged', file('k'), object('k'), record('k')],
  ['keep unchanged', file('k'), object('k'), record('k', { modified: undefined })],
  ['update content', file('k', { sha256: 's2' }), object('k'), record('k')],
  ['headers headers', file('k', { headersHash: 'h2' }), object('k'), record('k')],
  ['update unknown', file('k'), object('k', { etag: 'e2' }), record('k')],
  ['update unknown', file('k'), object('k', { size: 2 }), record('k')],
  ['update unknown', file('k'), object('k', { modified: 2 }), record('k')],
  ['update unknown', file('k'), object('k'), record('k', { wrong: true })],
  ['headers unknown', file('k'), object('k', { md5: 'm1' }), undefined],
  ['update unmanaged', file('k'), object('k', { md5: 'm2' }), undefined],
  ['update unmanaged', file('k'), object('k', { size: 2 }), undefined],
  ['update unmanaged', file('k'), object('k'), undefined],
  ['keep unchanged', file('k'), object('k', { md5: 'm1' }), pending('k', null)],
  ['headers unknown', file('k'), object('k', { md5: 'm1' }), pending('k', null, 'h2')],
  ['update content', file('k'), object('k', { md5: 'm2' }), pending('k', null)],
  ['update unknown', file('k'), object('k'), pending('k', null)],
  ['headers unknown', file('k'), object('k', { md5: 'm1' }), pending('k', 'e1')],
  ['update unmanaged', file('k'), object('k', { md5: 'm2' }), pending('k', 'e1')],
  ['delete orphan', undefined, object('k'), record('k')],
  ['delete orphan', undefined, object('k', { modified: 2 }), record('k')],
  ['nothing', undefined, object('k', { etag: 'e2' }), record('k')],
  ['nothing', undefined, object('k', { size: 2 }), record('k')],
  ['delete orphan', undefined, object('k'), pending('k', null)],
  ['delete orphan', undefined, object('k'), pending('k', 'e0')],
  ['nothing', undefined, object('k'), pending('k', 'e1')],
  ['nothing', undefined, object('k'), undefined],
  ['nothing', undefined, undefined, record('k')],
] as const)('%s', async (says, site, stored, known) => {
  expect((await decide(site, stored, known)).says).toBe(says)
})

test('headers alone are rewritten, up to the size that the storage takes', async () => {
  const changed = file('k', { headersHash: 'h2' })
  const small = await decide(changed, object('k', { size: 10 }), record('k', { size: 10 }))
  expect(small.entry).toMatchObject({ action: 'headers', rewrite: true })
  const large = await decide(changed, object('k', { size: 11 }), record('k', { size: 11 }))
  expect(large.entry).toMatchObject({ action: 'headers', rewrite: false })
})

test('headers that nobody recorded are rewritten, up to the size that the storage takes', async () => {
  for (const known of [undefined, pending('k', 'e1'), pending('k', null, 'h2')]) {
    const small = await decide(file('k', { size: 10 }), object('k', { size: 10, md5: 'm1' }), known)
    expect(small.entry).toMatchObject({ action: 'headers', rewrite: true, replaces: 'e1' })
    const large = await decide(file('k', { size: 11 }), object('k', { size: 11, md5: 'm1' }), known)
    expect(large.entry).toMatchObject({ action: 'headers', rewrite: false })
  }
  // A storage that cannot rewrite cannot do so for an empty object either.
  const empty = await decide(file('k', { size: 0 }), object('k', { size: 0, md5: 'm1' }), undefined, {
    maxRewrite: 0,
  })
  expect(empty.entry).toMatchObject({ action: 'headers', rewrite: false })
  const headerless = { keepsHeaders: false }
  expect((await decide(file('k'), object('k', { md5: 'm1' }), undefined, headerless)).says).toBe(
    'keep unchanged',
  )
})

test('another encoding is other content, and without a record the stored content is unknown', async () => {
  const encoded = file('k', { encoding: 'br', headersHash: 'h2' })
  expect((await decide(encoded, object('k'), record('k'))).says).toBe('update content')
  const same = record('k', { encoding: 'br', headersHash: 'h2' })
  expect((await decide(encoded, object('k'), same)).says).toBe('keep unchanged')
  expect((await decide(encoded, object('k', { md5: 'm1' }), undefined)).says).toBe('update unmanaged')
})

test.each([
  // The tenth build is published now, so many builds and days after the asset left.
  [0, 0, 'keep orphan'],
  [2, 99, 'keep orphan'],
  [3, 29, 'keep orphan'],
  [3, 30, 'delete orphan'],
])('an asset that left %i builds and %i days ago: %s', async (deploys, days, says) => {
  const keepAssets = { deploys: 3, days: 30 }
  const left = { deploy: 10 - deploys, at: now - days * day }
  const known = record('k', { kind: 'hashed', left })
  expect((await decide(undefined, object('k'), known, { keepAssets })).says).toBe(says)
  expect((await decide(undefined, object('k'), known)).says).toBe('delete orphan')
  expect((await decide(undefined, object('k'), { ...known, kind: 'asset' }, { keepAssets })).says).toBe(
    'delete orphan',
  )
})

test('an orphan that something else has replaced is unmanaged, and its record is dropped', async () => {
  for (const known of [record('k'), record('k', { kind: 'hashed', left: { deploy: 9, at: now } })]) {
    const keepAssets = { deploys: 3 }
    const found = await decide(undefined, object('k', { etag: 'e2' }), known, { keepAssets })
    expect(found).toMatchObject({
      plan: { unmanaged: 1, replaced: ['k'], stateChanged: true },
      records: [],
    })
    const adopted = await decide(undefined, object('k', { etag: 'e2' }), known, { keepAssets, adopt: true })
    expect(adopted).toMatchObject({ says: 'delete orphan', entry: { etag: 'e2' }, plan: { replaced: [] } })
  }
  expect((await decide(undefined, object('k'), record('k'))).entry).toMatchObject({ etag: 'e1' })
})

test('a record that one listing lacks stays until a second listing lacks it too', async () => {
  for (const known of [record('k'), pending('k', null)]) {
    const { plan, records } = await decide(undefined, undefined, known)
    expect(records).toEqual([known])
    expect(plan).toMatchObject({ missing: new Set(['k']), stateChanged: true })
    const journal = new Journal(plan, stateOf(known), true)
    journal.gone = plan.missing
    expect([...journal.records()]).toEqual([])
  }
})

test('an asset that leaves is recorded with the date, and one that is back without it', async () => {
  const keepAssets = { deploys: 1 }
  const known = record('k', { kind: 'hashed' })
  const gone = await decide(undefined, object('k'), known, { keepAssets })
  expect(gone).toMatchObject({ says: 'keep orphan', plan: { stateChanged: true } })
  const left = { ...known, left: { deploy: 10, at: now } }
  expect(gone.records).toEqual([left])
  const still = await decide(undefined, object('k'), left, { keepAssets })
  expect(still).toMatchObject({ says: 'keep orphan', plan: { stateChanged: false }, records: [left] })
  const back = await decide(file('k', { kind: 'hashed' }), object('k'), left, { keepAssets })
  expect(back).toMatchObject({ says: 'keep unchanged', plan: { stateChanged: true } })
  expect(back.records).toEqual([known])
})

test('with adopt, unmanaged objects are deleted where the site does not have them', async () => {
  const adopt = true
  expect((await decide(undefined, object('k'), undefined, { adopt })).says).toBe('delete orphan')
  expect((await decide(undefined, object('k'), pending('k', 'e1'), { adopt })).says).toBe('delete orphan')
  expect((await decide(file('k'), object('k'), undefined, { adopt })).says).toBe('update unknown')
  expect((await decide(file('k'), object('k', { md5: 'm2' }), undefined, { adopt })).says).toBe(
    'update content',
  )
})

test('headers never differ where the storage keeps none', async () => {
  const changed = file('k', { headersHash: 'h2' })
  const { says } = await decide(changed, object('k'), record('k', { headersHash: '' }), {
    keepsHeaders: false,
  })
  expect(says).toBe('keep unchanged')
})

test('without a listing, everything is uploaded and the records of orphans stay', async () => {
  const options = { ignoreRemote: true }
  expect((await decide(file('k'), undefined, undefined, options)).says).toBe('upload unknown')
  expect((await decide(file('k'), undefined, record('k'), options)).says).toBe('update unknown')
  const orphan = await decide(undefined, undefined, record('k'), options)
  expect(orphan).toMatchObject({ says: 'keep orphan', records: [record('k')] })
})

test('excluded assets are neither uploaded nor deleted', async () => {
  for (const kind of ['asset', 'hashed'] as const) {
    const options = { excludeAssets: true }
    expect((await decide(file('k', { kind }), undefined, undefined, options)).says).toBe('keep excluded')
    const orphan = await decide(undefined, object('k'), record('k', { kind }), options)
    expect(orphan).toMatchObject({ says: 'keep excluded', records: [record('k', { kind })] })
  }
})

test('a new key gets a pending record, with the ETag of the object that is there', async () => {
  expect(await decide(file('k'), undefined, undefined)).toMatchObject({ records: [pending('k', null)] })
  expect(await decide(file('k'), object('k'), undefined)).toMatchObject({ records: [pending('k', 'e1')] })
  // An object that is the site's already keeps its record.
  const owned = await decide(file('k', { sha256: 's2' }), object('k'), record('k'))
  expect(owned.records).toEqual([{ ...record('k'), unverified: true }])
})

test('an object that no publish has verified yet is verified again', async () => {
  const { entry } = await decide(file('k'), object('k'), record('k', { unverified: true }))
  expect(entry).toMatchObject({ action: 'keep', file: { key: 'k' } })
})

test.each([
  ['was found before', record('k'), true],
  ['was written and never found', record('k', { unverified: true }), undefined],
  ['may have been written', pending('k', null), true],
])('an object that %s and is served otherwise', async (_, known, wrong) => {
  const { plan } = await decide(file('k'), object('k', { md5: 'm1' }), known)
  const state = stateOf(known)
  const journal = new Journal({ ...plan, entries: plan.entries.filter((entry) => entry.file) }, state, true)
  expect(journal.stateIsOutdated).toBe(!('sha256' in known))
  journal.markWrong('k')
  const recorded = [...journal.records()] as WrittenRecord[]
  expect(recorded.map((record) => record.wrong)).toEqual([wrong])
  expect(journal.stateIsOutdated).toBe(wrong === true)
})

test('a record that is new or no longer needed changes the state', async () => {
  expect((await decide(undefined, undefined, record('k'))).plan.stateChanged).toBe(true)
  const headerless = { keepsHeaders: false }
  expect((await decide(file('k'), object('k', { md5: 'm1' }), undefined, headerless)).plan.stateChanged).toBe(
    true,
  )
  expect((await decide(file('k'), object('k'), record('k'))).plan.stateChanged).toBe(false)
})

test('keys in any script are joined in one order', async () => {
  const keys = ['a', 'a/b', 'a-b', 'é', '\uFFFD', '😀', 'z'].sort(compareKeys)
  const plan = await planPublish({
    files: keys.filter((_, i) => i % 2 === 0).map((key) => file(key)),
    remote: keys.map((key) => object(key)),
    state: stateOf(...keys.map((key) => record(key))),
    keepsHeaders: true,
    maxRewrite: 0,
    excludeAssets: false,
    adopt: false,
    keepAssets: false,
    deploy: 1,
    now,
    everything: true,
  })
  expect(plan.entries.map(({ key }) => key)).toEqual(keys)
  expect(plan.entries.map(({ action }) => action)).toEqual(
    keys.map((_, i) => (i % 2 === 0 ? 'keep' : 'delete')),
  )
})

test('what a build knows of a page is recorded anew where it is another, and the object is kept', async () => {
  const old = record('k', { page: 'old', unverified: undefined })
  const learnt = await decide(file('k', { page: 'new' }), object('k'), old)
  expect(learnt).toMatchObject({
    says: 'keep unchanged',
    plan: { stateChanged: true },
    records: [{ page: 'new' }],
  })
  const same = await decide(file('k', { page: 'old' }), object('k'), old)
  expect(same).toMatchObject({ says: 'keep unchanged', plan: { stateChanged: false } })
  const forgotten = await decide(file('k'), object('k'), old)
  expect(forgotten).toMatchObject({ says: 'keep unchanged', plan: { stateChanged: true } })
  expect(forgotten.records).toEqual([record('k')])
  const uploaded = await decide(file('k', { page: 'new', sha256: 's2' }), object('k'), old)
  expect(uploaded).toMatchObject({ says: 'update content', records: [{ page: 'old' }] })
  // Without a listing, a page that the site no longer has is of another build than the rest.
  const orphan = await decide(undefined, undefined, old, { ignoreRemote: true })
  expect(orphan).toMatchObject({ says: 'keep orphan', plan: { stateChanged: true } })
  expect(orphan.records).toEqual([record('k')])
})

test('a page that is not here is lost unless its object is kept', async () => {
  const remote = file('k', { remote: true })
  expect((await decide(remote, object('k'), record('k'))).plan.lost).toEqual([])
  for (const [stored, known] of [
    [undefined, record('k')],
    [object('k', { etag: 'e2' }), record('k')],
    [object('k'), record('k', { headersHash: 'h2' })],
    [object('k'), undefined],
  ] as const)
    expect((await decide(remote, stored, known)).plan.lost).toEqual(['k'])
})
