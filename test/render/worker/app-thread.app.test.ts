import { describe, expect, it } from 'vitest'
import { createApp, serverEntry } from '../../app.ts'

describe('the thread of an app', () => {
  it('fails the build if it runs out of memory', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        "'/hog': { distill: true, default: () => { const kept = []; for (;;) kept.push(new Array(1e5).fill(Math.random())) } },",
      ),
    })
    app.env.NODE_OPTIONS = '--max-old-space-size=150'
    const { exitCode, output } = await app.vite('build')
    expect(output).toContain('the app ran out of memory while `/hog` was being rendered')
    expect(exitCode).toBe(1)
  })
})
