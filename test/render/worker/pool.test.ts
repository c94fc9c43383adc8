import { expect, it } from 'vitest'
import type { FromWorker, ToWorker } from '../../../src/render/messages.ts'
import { type RenderInput, renderPages } from '../../../src/render/worker/pool.ts'

/** A thread that renders each page at once, as an empty one. */
function emptyPages(): RenderInput['first'] {
  const thread = {
    onMessage: undefined as unknown as (message: FromWorker) => void,
    failed: new Promise(() => {}),
    watch: async () => {},
    close: async () => {},
    busyMs: () => 1,
    send(message: ToWorker) {
      if (message.type !== 'render') return
      const pages = message.pages.map(({ key }, i) => {
        return { index: message.first + i, key, status: 200, headers: {}, ms: 1 }
      })
      thread.onMessage({ type: 'batch', pages, ends: pages.map(() => 0), bytes: new Uint8Array() })
    },
  }
  return thread as unknown as RenderInput['first']
}

it.each(['first', 'last'])('an error in the accounting of the %s page is not lost', async (which) => {
  const pages = ['first', 'last'].map((key) => ({ url: `/${key}`, key, route: 0 }))
  const writer = {
    write: async (keys: string[]) => keys.map(() => ({ size: 0, md5: '', sha256: '', change: 'new' })),
  }
  const rendering = renderPages({
    first: emptyPages(),
    spawn: emptyPages,
    options: { workers: 1, concurrency: 1 } as RenderInput['options'],
    list: { routes: [{ route: '/:key', status: [200] }], pages, notices: [], warnings: [] },
    writer: writer as unknown as RenderInput['writer'],
    onPage({ key }) {
      if (key === which) throw new URIError('URI malformed')
    },
    tick() {},
    quiet: true,
  })
  await expect(rendering).rejects.toThrow('URI malformed')
})

it('each page has the number of its thread', async () => {
  const pages = Array.from({ length: 40 }, (_, n) => ({ url: `/${n}`, key: `${n}`, route: 0 }))
  const threads = new Map<string, number | undefined>()
  await renderPages({
    first: emptyPages(),
    spawn: emptyPages,
    options: { workers: 2, concurrency: 1 } as RenderInput['options'],
    list: { routes: [{ route: '/:key', status: [200] }], pages, notices: [], warnings: [] },
    writer: { write: async (keys: string[]) => keys.map(() => ({})) } as unknown as RenderInput['writer'],
    onPage: ({ key, thread }) => threads.set(key, thread),
    tick() {},
    quiet: true,
  })
  expect(threads.size).toBe(40)
  expect([...new Set(threads.values())].sort()).toEqual([0, 1])
})
