import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createApp, serverEntry } from '../../app.ts'

describe('a body', () => {
  it('of a long stream is written as it comes, and never held whole in memory', async () => {
    const size = 50 << 20
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/big.bin': { distill: true, default: () => {
          let sent = 0
          return new ReadableStream({ pull(controller) {
            peak = Math.max(peak, process.memoryUsage().arrayBuffers)
            if (sent >= ${size}) return finish(), controller.close()
            controller.enqueue(chunks[(sent / 65536) % 5])
            sent += 65536
          } })
        } },
        '/peak.txt': { distill: true, default: async () => {
          await finished
          console.log('peak', peak)
          return ''
        } },`,
        // The app sends the same chunks again and again, so that the peak is not its own.
        `const chunks = Array.from({ length: 5 }, (_, n) => new Uint8Array(65536).fill(n))
        let peak = 0
        let finish
        const finished = new Promise((resolve) => (finish = resolve))`,
      ),
    })
    const output = await app.build()
    const expected = createHash('sha256')
    for (let sent = 0; sent < size; sent += 65536)
      expected.update(new Uint8Array(65536).fill((sent / 65536) % 5))
    const digest = expected.digest('hex')
    const actual = createHash('sha256')
    for await (const chunk of createReadStream(join(app.dir, 'dist/static/big.bin')))
      actual.update(chunk as Buffer)
    expect(actual.digest('hex')).toBe(digest)
    expect((await app.manifest()).get('big.bin')).toMatchObject({
      size,
      sha256: digest,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(Number(/peak (\d+)/.exec(output)![1])).toBeLessThan(20 << 20)
    // The two pages and the two assets are unchanged in a second build.
    expect(await app.build()).toMatch(/^ {2}4 unchanged$/m)
  })

  it('of a stream is freed once it is written', async () => {
    const size = 300 << 20
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/big.bin': { distill: true, default: () => {
          let sent = 0
          return new ReadableStream({ pull(controller) {
            peak = Math.max(peak, process.memoryUsage().arrayBuffers)
            if (sent >= ${size}) return finish(), controller.close()
            controller.enqueue(new Uint8Array(65536))
            sent += 65536
          } })
        } },
        '/peak.txt': { distill: true, default: () => finished.then(() => String(peak)) },`,
        `let peak = 0
        let finish
        const finished = new Promise((resolve) => (finish = resolve))`,
      ),
    })
    await app.build()
    // V8 collects such memory once there are about 64 MB of it.
    expect(Number(await app.read('dist/static/peak.txt'))).toBeLessThan(size / 2)
  })
})
