import { describe, expect, it } from 'vitest'
import { createApp, serverEntry, viteConfig } from '../../app.ts'

describe('a page that fails', () => {
  it('is tried again as often as `retry` says, if that may help', async () => {
    const entry = serverEntry(
      `'/flaky': { distill: true, default: () => fail('flaky', 2) },
       '/slow': { distill: true, default: () => fail('slow', 1, () => new Promise(() => {})) },
       '/missing': { distill: true, default: () => { calls.missing = (calls.missing ?? 0) + 1; return page('', { status: 404 }) } },
       '/calls': { distill: true, default: () => JSON.stringify(calls) },`,
      `const calls = {}
       const fail = (name, times, how = () => { throw new Error('connection reset') }) => {
         calls[name] = (calls[name] ?? 0) + 1
         return calls[name] <= times ? how() : page(name + ' after ' + calls[name])
       }
       process.on('exit', () => console.log('CALLS ' + JSON.stringify(calls)))`,
    )
    const app = await createApp({
      'src/entry-server.ts': entry,
      'vite.config.ts': viteConfig('{ retry: 2, timeout: 1500 }'),
    })
    const failed = await app.vite('build')
    expect(failed.exitCode).toBe(1)
    expect(failed.output).toContain('1 page could not be rendered\n  `/missing`')

    await app.write({ 'src/entry-server.ts': entry.replace(/'\/missing'.*\n/, '') })
    await app.build()
    expect(await app.read('dist/static/flaky/index.html')).toContain('flaky after 3')
    expect(await app.read('dist/static/slow/index.html')).toContain('slow after 2')

    await app.write({ 'vite.config.ts': viteConfig('{ retry: 1, timeout: 1500 }') })
    expect(await app.vite('build')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('connection reset'),
    })
  })
})
