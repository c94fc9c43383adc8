// Preloaded into a measured process: writes its peak memory, in megabytes, and its processor time, in seconds, to a file.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const usage = { rss: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1e6 }
    writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage))
  })
}
