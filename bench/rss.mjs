// Preloaded into what is measured: leaves the most memory that the process took, in megabytes, in a file.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.on('exit', () =>
    writeFileSync(process.env.BENCH_RSS, String(process.resourceUsage().maxRSS / 1024)),
  )
}
