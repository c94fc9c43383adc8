// Publishes a small site, then one with a large file, and prints how much more memory that took.
import { resolveOptions } from '../../../dist/options.js'
import { publish } from '../../../dist/publish/publish.js'

const [small, large] = process.argv
  .slice(2)
  .map((options) => JSON.parse(options))
  .map(({ root, ...options }) => resolveOptions(options, { root, base: '/' }))

await publish(small, undefined)
globalThis.gc()
const before = process.memoryUsage().rss
let most = 0
const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5)
await publish(large, undefined)
clearInterval(timer)
process.stdout.write(JSON.stringify({ megabytes: Math.round((most - before) / 1024 / 1024) }))
