// Publishes by the options given as JSON; with `removes`, unpublishes. `delay` milliseconds before each write of the site make it slow.
import { setTimeout as sleep } from 'node:timers/promises'
import { openBackend } from '../../../dist/backends/open.js'
import { resolveOptions } from '../../../dist/options.js'
import { publish } from '../../../dist/publish/publish.js'
import { unpublish } from '../../../dist/publish/unpublish.js'

const [, , given, flags, more = '{}'] = process.argv
const { root, ...options } = JSON.parse(given)
const { lease, delay, removes } = JSON.parse(more)
const open = async (...args) => {
  const backend = await openBackend(...args)
  const put = async (key, ...rest) => {
    if (delay && !key.startsWith('.vite-distill/')) await sleep(delay)
    return backend.put(key, ...rest)
  }
  return { ...backend, put }
}
try {
  const run = removes ? unpublish : publish
  await run(resolveOptions(options, { root, base: '/' }), 'default', JSON.parse(flags), { lease, open })
} catch (error) {
  process.exitCode = error.exitCode ?? 1
  process.stderr.write(String(error.stack))
}
