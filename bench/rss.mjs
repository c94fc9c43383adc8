// Preloaded into a measured process: writes its peak memory, in megabytes, to a file.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.on('exit', () =>
    writeFileSync(process.env.BENCH_RSS, String(process.resourceUsage().maxRSS / 1024)),
  )
}
