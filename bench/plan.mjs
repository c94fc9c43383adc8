// Plans a publish of many files, twenty of them changed, to a storage that lists them all: `node plan.mjs <keys> <folder>`.
// It reads the manifest from disk and the state as from the storage. Both are made before the measurement.
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { prepare } from '../dist/publish/plan/prepare.js'
import { openSite } from '../dist/publish/site/site.js'
import { StateObject } from '../dist/publish/state/state-object.js'
import { openStore } from '../dist/publish/store/store.js'
import { desiredObjects } from '../dist/publish/site/objects.js'

const count = Number(process.argv[2])
const folder = join(process.argv[3], String(count))
const [outDir, stateFolder] = [join(folder, 'static'), join(folder, 'state')]
const place = { outDir, manifestFile: `${outDir}.manifest.jsonl`, stagingDir: `${outDir}.staging` }

const hash = (algorithm, i) => createHash(algorithm).update(`page ${i}`).digest('hex')
const headers = { 'content-type': 'text/html; charset=utf-8' }
const size = 8192

function* files() {
  for (let i = 0; i < count; i++) {
    const id = String(i).padStart(7, '0')
    const [key, url] = [`posts/${id}/index.html`, `/posts/${id}/`]
    yield {
      key,
      url,
      kind: 'page',
      size,
      md5: hash('md5', i),
      sha256: hash('sha256', i),
      status: 200,
      headers,
    }
  }
}

if (existsSync(stateFolder)) await plan()
else await generate()

async function generate() {
  mkdirSync(stateFolder, { recursive: true })
  const createdAt = '2031-05-06T07:08:09.000Z'
  const counts = { pages: count, assets: 0, redirects: 0, bytes: count * size }
  const manifest = createWriteStream(place.manifestFile)
  manifest.write(`${JSON.stringify({ version: 1, siteId: 'bench', base: '/', createdAt, counts })}\n`)
  for (const file of files()) {
    if (!manifest.write(`${JSON.stringify(file)}\n`)) await once(manifest, 'drain')
  }
  manifest.end()
  await once(manifest, 'finish')
  const changing = Math.max(1, Math.floor(count / 20))
  // The state that a publish of this site records, with other content for twenty files.
  let headersHash
  for await (const [file] of desiredObjects(await openSite(place), {})()) {
    headersHash = file?.headersHash
    if (file) break
  }
  function* records() {
    let i = 0
    for (const { key, kind, md5, sha256 } of files()) {
      const was = i++ % changing === 0 ? hash('sha256', 'before') : sha256
      yield { key, kind, sha256: was, headersHash, etag: md5, size, modified: 1_900_000_000_000 }
    }
  }
  const stateObject = new StateObject(open())
  await stateObject.read()
  const header = { siteId: 'bench', createdAt, publishedAt: createdAt, run: '' }
  function* changes() {
    for (const record of records()) yield { key: record.key, recordAfter: () => record }
  }
  await stateObject.write(header, { changes, headers: new Map() })
}

/** A storage that lists the files of the site, and keeps the state in a folder. */
function open() {
  const pathOf = (key) => join(stateFolder, encodeURIComponent(key))
  return openStore({
    name: 'synthetic:',
    maxRemove: 1000,
    conditional: true,
    conditionalRemove: true,
    keepsHeaders: true,
    async *list() {
      let page = []
      for (const { key, md5 } of files()) {
        page.push({ key, size, etag: md5, md5, modified: 1_900_000_000_000 })
        if (page.length < 1000) continue
        yield page
        page = []
      }
      yield page
    },
    async get(key) {
      return existsSync(pathOf(key))
        ? { body: new Uint8Array(readFileSync(pathOf(key))), etag: 'e' }
        : undefined
    },
    async put(key, source) {
      writeFileSync(pathOf(key), await source.read())
      return { etag: 'e' }
    },
  })
}

async function plan() {
  const began = performance.now()
  const store = open()
  const site = await openSite(place)
  const stateObject = new StateObject(store)
  const desired = desiredObjects(site, {})
  const { plan } = await prepare({ site, desired, store, stateObject, target: {}, flags: {} })
  if (plan.counts.keep !== count - 20 || plan.counts.update !== 20)
    throw new Error(JSON.stringify(plan.counts))
  console.log(JSON.stringify({ ms: performance.now() - began }))
}
