// The limit of rendering: the same handler in a loop, with the fastest writer found. It sends batches of 64 pages
// to one thread that writes with synchronous calls and makes each folder once. It hashes, plans and checks
// nothing. `node limit.mjs <server bundle> [folder]`; without a folder it only renders.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { ids, urlOf } from './apps/page.mjs'

const batchPages = 64

if (isMainThread) await main(process.argv[2], process.argv[3])
else write(workerData)

async function main(bundle, folder) {
  const began = performance.now()
  const writer = folder && new Worker(new URL(import.meta.url), { workerData: folder })
  const { default: app } = await import(pathToFileURL(bundle).href)
  let files = []
  let bodies = []
  for (const id of ids) {
    const response = await app.fetch(new Request(`http://localhost${urlOf(id)}`))
    bodies.push(new Uint8Array(await response.arrayBuffer()))
    files.push(`${urlOf(id)}index.html`)
    if (files.length < batchPages && files.length + 1 < ids.length) continue
    hand(writer, files, bodies)
    files = []
    bodies = []
  }
  hand(writer, files, bodies)
  if (writer) {
    writer.postMessage('end')
    await new Promise((resolve) => writer.once('message', resolve))
    await writer.terminate()
  }
  console.log(JSON.stringify({ ms: performance.now() - began }))
}

function hand(writer, files, bodies) {
  if (!writer) return
  const bytes = new Uint8Array(bodies.reduce((size, body) => size + body.byteLength, 0))
  let end = 0
  const ends = bodies.map((body) => {
    bytes.set(body, end)
    return (end += body.byteLength)
  })
  writer.postMessage({ files, ends, bytes }, [bytes.buffer])
}

function write(folder) {
  const made = new Set()
  parentPort.on('message', (message) => {
    if (message === 'end') return parentPort.postMessage('written')
    let start = 0
    for (const [i, file] of message.files.entries()) {
      const path = join(folder, file)
      const parent = dirname(path)
      if (!made.has(parent)) mkdirSync(parent, { recursive: true })
      made.add(parent)
      const descriptor = openSync(path, 'w')
      writeSync(descriptor, message.bytes, start, message.ends[i] - start)
      closeSync(descriptor)
      start = message.ends[i]
    }
  })
}
