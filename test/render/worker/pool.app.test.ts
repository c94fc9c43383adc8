import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../../app.ts'

/** Each page says which thread rendered it, after so much work. */
const threads = (pages: number, ms: number, extra = '') =>
  `${serverEntry(
    `'/p/:n': { distillParams: () => Array.from({ length: ${pages} }, (_, n) => n), default: (event) => {
     const end = performance.now() + ${ms}
     while (performance.now() < end);
     ${extra}
     return page('thread ' + threadId + ' of page ' + event.context.params.n)
   } },`,
    "import { threadId } from 'node:worker_threads'",
  )}`

async function threadsOf(app: Awaited<ReturnType<typeof createApp>>): Promise<Set<string>> {
  const found = new Set<string>()
  for (const file of (await app.files('dist/static')).filter((file) => file.endsWith('.html'))) {
    const html = await app.read(`dist/static/${file}`)
    expect(html).toContain(`of page ${file.split('/')[1]}`)
    found.add(/thread (\d+)/.exec(html)![1]!)
  }
  return found
}

describe('workers', () => {
  it('are as many as were asked for, and render every page once', async () => {
    const app = await createApp({
      'src/entry-server.ts': threads(1000, 0.2),
      'vite.config.ts': viteConfig('{ workers: 3 }'),
    })
    expect(await app.build()).toContain('1,000 pages')
    expect((await threadsOf(app)).size).toBe(3)
  })

  // That they are one where pages cost little is a matter of speed, and so of the bench.
  it('are more than one by default where pages cost much', async () => {
    const app = await createApp({ 'src/entry-server.ts': threads(600, 3) })
    await app.build()
    expect((await threadsOf(app)).size).toBeGreaterThan(1)
  })

  it('are not given up while pages end, one after the other, that never let go of them in between', async () => {
    const app = await createApp({
      'src/entry-server.ts': threads(12, 150),
      'vite.config.ts': viteConfig('{ workers: 1, timeout: 800 }'),
    })
    expect(await app.build()).toContain('12 pages')
  })

  it('are not given up while pages compute that have waited for the same thing', async () => {
    const app = await createApp({
      'src/entry-server.ts': serverEntry(
        `'/p/:n': { distillParams: () => Array.from({ length: 6 }, (_, n) => n), default: async (event) => {
           await (ready ??= new Promise((resolve) => setTimeout(resolve, 20)))
           const { n } = event.context.params
           const end = performance.now() + (n === '4' ? 1e9 : 300)
           while (performance.now() < end);
           await new Promise((resolve) => setTimeout(resolve))
           return page('computed ' + n)
         } },`,
        'let ready',
      ),
      'vite.config.ts': viteConfig('{ workers: 1, timeout: 1500 }'),
    })
    const { exitCode, output } = await app.vite('build')
    expect(output).toContain('1 page could not be rendered\n  `/p/4` (route')
    expect(output).toContain('(an endless loop?)')
    expect(exitCode).toBe(1)
    await app.write({ 'src/entry-server.ts': (await app.read('src/entry-server.ts')).replace('1e9', '300') })
    expect(await app.build()).toContain('6 pages')
  })

  it('are more than one where a few pages cost very much', async () => {
    const app = await createApp({ 'src/entry-server.ts': threads(40, 100) })
    await app.build()
    expect((await threadsOf(app)).size).toBeGreaterThan(1)
  })

  it('lose no page when one of them is lost', async () => {
    const loop = "if (event.context.params.n === '300') for (;;);"
    const app = await createApp({
      'src/entry-server.ts': threads(600, 0, loop),
      'vite.config.ts': viteConfig('{ workers: 2, timeout: 1000 }'),
    })
    const { exitCode, output } = await app.vite('build')
    expect(exitCode).toBe(1)
    expect(output).toContain('1 page could not be rendered\n  `/p/300`')
  })
})
