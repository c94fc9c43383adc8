// Publishing to a storage 20, 50 and 80 ms away: many small files, some large ones, and a very large one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { measure } from './measure.mjs'
import { bench, newFolder, node } from './paths.mjs'
import { createBucket, startS3 } from './s3.mjs'
import { buildSite, change, site } from './site.mjs'
import { aws, hugo, installed, ours, rclone, versions } from './tools.mjs'

const distances = [20, 50, 80]
const megabyte = 1e6
/** The most that is put into one storage: the one that `startS3` starts keeps 4 GiB, in memory. */
const room = 3e9

export async function far({ rounds, slowRounds, files, wanted }) {
  const storages = openStorages()
  const unverified = ours('vite-distill', ['--skip-verify'])
  const own = [unverified, ours('vite-distill, verified', [])]
  const transfers = (count) => ['--transfers', String(count), '--checkers', String(count)]
  const others = [
    hugo('hugo, 32 workers', ['--workers', '32']),
    rclone('rclone, 32 transfers', transfers(32)),
  ]
  const small = [
    ...own,
    ...others,
    rclone('rclone, 64 transfers', transfers(64)),
    rclone('rclone, 64 transfers, no HEAD', [...transfers(64), '--s3-no-head']),
    aws(),
  ]
  const large = [...own, ...others, aws()]
  const loads = [
    { name: 'small files', tools: small, distances, files, size: 20 * megabyte },
    { name: '20 of 5 MB', tools: large, distances, count: 20, size: 5 * megabyte },
    {
      name: 'one of 500 MB',
      tools: large,
      distances: [50],
      count: 1,
      size: 500 * megabyte,
      rounds: slowRounds,
    },
  ]
  try {
    const entries = []
    for (const load of loads) {
      const tools = installed(load.tools)
      const chosen = load.distances
        .flatMap((ms) => tools.map((tool) => publishing(load, tool, ms, storages, slowRounds)))
        .filter(wanted)
      if (chosen.length === 0) continue
      await build(load)
      entries.push(...(await measure(chosen, load.rounds ?? rounds)))
    }
    return { files: files + 1, tools: versions('hugo', 'rclone', 'aws', 'radosgw'), entries }
  } finally {
    await storages.stop()
  }
}

/** The site of a load: pages, or one page and large assets. */
async function build({ files, count, size }) {
  if (files) return buildSite(files)
  const publicDir = newFolder()
  mkdirSync(publicDir, { recursive: true })
  for (let i = 0; i < count; i++) writeFile(join(publicDir, `asset-${i}.bin`), size, i)
  await buildSite(1, { publicDir })
}

/** Writes a file whose content is its own. */
function writeFile(path, size, seed) {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(megabyte)
  for (let written = 0; written < size; written += block.length) {
    for (let at = 0; at < block.length; at += 4) block.writeUInt32LE((at + written + seed) >>> 0, at)
    writeSync(file, block)
  }
  closeSync(file)
}

/** One tool's publishes of a load at one distance. Small files are also published again, at 50 ms. */
function publishing({ name, files, count = 1, size }, tool, ms, storages, slowRounds) {
  const phases = files && ms === 50 ? ['first', 'unchanged', '20 changed'] : ['first']
  let target
  return {
    name: `${name}, ${ms} ms: ${tool.name}`,
    rounds: tool.slow && slowRounds,
    async before() {
      target = await storages.newBucket(ms, count * size)
    },
    async run() {
      const seconds = {}
      for (const phase of phases) {
        // Nobody changes the large files: no tool needs a copy.
        if (files) await change(phase, tool.folder, files)
        seconds[phase] = (await tool.publish(target, files ? tool.folder : site)).wall
      }
      return seconds
    },
  }
}

/** A storage with a proxy for each distance. A full one is replaced. */
function openStorages() {
  let open
  let buckets = 0
  const stop = async () => {
    for (const { proxy } of open?.far.values() ?? []) proxy.kill()
    await open?.s3.stop()
    open = undefined
  }
  return {
    stop,
    /** A new bucket with room for some bytes, so many milliseconds away. */
    async newBucket(ms, bytes) {
      if (open && open.used + bytes > room) await stop()
      if (!open) {
        const s3 = await startS3()
        open = { s3, far: new Map(), used: 0 }
        for (const each of distances) open.far.set(each, await startProxy(s3.endpoint, each))
      }
      open.used += bytes
      const bucket = `far-${process.pid}-${buckets++}`
      await createBucket(open.s3, bucket)
      return { ...open.s3, endpoint: open.far.get(ms).endpoint, bucket }
    },
  }
}

async function startProxy(endpoint, ms) {
  const script = join(bench, 'far-proxy.mjs')
  const proxy = spawn(node, [script, endpoint, String(ms)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = await once(proxy.stdout, 'data')
  return { proxy, endpoint: `http://127.0.0.1:${String(port).trim()}` }
}
