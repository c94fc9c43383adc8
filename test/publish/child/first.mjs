// Plans and uploads a site of 100,000 files to an empty storage, and prints how many bytes of each stay in memory.
import { createHash } from 'node:crypto'
import { prepare } from '../../../dist/publish/plan/prepare.js'
import { desiredObjects } from '../../../dist/publish/site/objects.js'
import { StateObject } from '../../../dist/publish/state/state-object.js'
import { openStore } from '../../../dist/publish/store/store.js'
import { Journal } from '../../../dist/publish/sync/journal.js'
import { upload } from '../../../dist/publish/sync/upload.js'

const count = 100_000
const hash = (algorithm, i) => createHash(algorithm).update(`page ${i}`).digest('hex')

async function* files() {
  for (let i = 0; i < count;) {
    const batch = []
    for (const end = i + 1000; i < end; i++) {
      const key = `posts/${String(i).padStart(7, '0')}/index.html`
      const headers = { 'content-type': 'text/html;charset=utf-8' }
      const hashes = { md5: hash('md5', i), sha256: hash('sha256', i) }
      batch.push({
        key,
        url: `/${key.slice(0, -10)}`,
        kind: 'page',
        size: 1234,
        ...hashes,
        status: 200,
        headers,
      })
    }
    yield batch
  }
}

const header = { siteId: 'x', createdAt: '2031-05-06T07:08:09.000Z', base: '/' }
const store = openStore({ name: 'empty:', keepsHeaders: true, async *list() {}, get: async () => undefined })
const stateObject = new StateObject(store)
const desired = desiredObjects({ files, header }, {})

globalThis.gc()
const before = process.memoryUsage().heapUsed
const { plan, state } = await prepare({
  site: { header },
  desired,
  store,
  stateObject,
  target: {},
  flags: {},
})
const journal = new Journal(plan, state, true)
// The storage answers with a string of its own.
const write = async ({ file }) => ({ etag: Buffer.from(file.md5).toString(), size: file.size })
for (const entry of plan.entries) await upload(entry, { store, journal, write })
globalThis.gc()
const bytes = Math.round((process.memoryUsage().heapUsed - before) / count)
process.stdout.write(JSON.stringify({ counts: plan.counts, written: journal.written.size, bytes }))
