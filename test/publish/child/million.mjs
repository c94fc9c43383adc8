// Plans and records a publish of a million files, of which twenty changed, and prints the most memory it took.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareListing } from '../../../dist/publish/sync/compare-listing.js'
import { Journal } from '../../../dist/publish/sync/journal.js'
import { prepare } from '../../../dist/publish/plan/prepare.js'
import { StateObject } from '../../../dist/publish/state/state-object.js'
import { openStore } from '../../../dist/publish/store/store.js'

const [, , folder] = process.argv
const count = 1_000_000
const header = { siteId: 'x', createdAt: '2031-05-06T07:08:09.000Z', publishedAt: '', run: '' }
const hash = (algorithm, i) => createHash(algorithm).update(`page ${i}`).digest('hex')
const keyOf = (i) => `posts/${String(i).padStart(7, '0')}/index.html`

function* records() {
  for (let i = 0; i < count; i++) {
    const [sha256, etag] = [hash('sha256', i), hash('md5', i)]
    const headersHash = '0123456789abcdef'
    yield { key: keyOf(i), kind: 'page', sha256, headersHash, etag, size: 1234, modified: 1_900_000_000_000 }
  }
}

const pathOf = (key) => join(folder, encodeURIComponent(key))
const written = []
const store = openStore({
  name: 'synthetic:',
  maxRemove: 1000,
  conditional: true,
  conditionalRemove: true,
  keepsHeaders: true,
  async *list() {
    let page = []
    for (const { key, size, etag, modified } of records()) {
      page.push({ key, size, etag, modified, md5: etag })
      if (page.length < 1000) continue
      yield page
      page = []
    }
  },
  async get(key) {
    return existsSync(pathOf(key))
      ? { body: new Uint8Array(readFileSync(pathOf(key))), etag: 'e' }
      : undefined
  },
  async put(key, source) {
    written.push(key)
    writeFileSync(pathOf(key), await source.read())
    return { etag: 'e' }
  },
  remove: async () => [],
})
const stateObject = new StateObject(store)

if (!existsSync(pathOf('.vite-distill/state.json'))) {
  await stateObject.read()
  function* changes() {
    for (const record of records()) yield { key: record.key, recordAfter: () => record }
  }
  await stateObject.write(header, { changes, headers: new Map() })
} else {
  async function* desired() {
    let i = 0
    let batch = []
    for (const { key, etag: md5, ...file } of records()) {
      const sha256 = i++ % 50_000 === 0 ? 'changed' : file.sha256
      batch.push({ ...file, key, url: `/${key}`, md5, sha256, headers: {}, status: 200, redirect: undefined })
      if (batch.length < 1000) continue
      yield batch
      batch = []
    }
  }
  const site = { directory: '', header: { ...header, base: '/' }, files: desired }
  const { plan, state, firstKey } = await prepare({
    site,
    desired,
    store,
    stateObject,
    target: {},
    flags: {},
  })
  const journal = new Journal(plan, state, true)
  await compareListing(store, firstKey, plan, journal)
  await stateObject.write(header, journal)
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024)
  process.stdout.write(JSON.stringify({ counts: plan.counts, written, megabytes }))
}
