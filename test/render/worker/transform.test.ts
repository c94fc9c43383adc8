import { expect, it } from 'vitest'
import { transformBatch } from '../../../src/render/worker/transform.ts'

/** What becomes of one page after a `transform` that returns this. */
async function transformed(result: unknown) {
  const page = { index: 0, key: 'a.html', status: 200, headers: { 'content-type': 'text/html' }, ms: 1 }
  const bytes = new TextEncoder().encode('before')
  const { batch, dropped, failures } = await transformBatch(
    { type: 'batch', pages: [page], ends: [bytes.byteLength], bytes },
    {
      routes: [{ route: '/a', status: [200] }],
      pages: [{ url: '/a', key: 'a.html', route: 0 }],
      notices: [],
      warnings: [],
    },
    () => result as undefined,
    1000,
    () => {},
  )
  return {
    body: new TextDecoder().decode(batch.bytes.subarray(0, batch.ends[0])),
    headers: batch.pages[0]?.headers,
    dropped: dropped.length === 1,
    failure: failures[0]?.message,
  }
}

it.each([
  ['nothing', undefined, { body: 'before' }],
  ['an empty object', {}, { body: 'before' }],
  ['a body', { body: 'after' }, { body: 'after' }],
  ['bytes', { body: Buffer.from('after') }, { body: 'after' }],
  [
    '`Headers`',
    { headers: new Headers({ 'X-N': '5' }) },
    { headers: { 'content-type': 'text/html', 'x-n': '5' } },
  ],
  ['a header to remove', { headers: { 'Content-Type': undefined } }, { headers: {} }],
  ['`null`', null, { dropped: true }],
])('takes %s', async (_, result, expected) => {
  expect(await transformed(result)).toMatchObject({ ...expected, failure: undefined })
})

it.each([
  ['a page', 'returned a string; it must return `{ body, headers }`'],
  [false, 'returned `false`'],
  [['a page'], 'returned an object (`Array`)'],
  [Buffer.from('a page'), 'returned an object (`Buffer`)'],
  [{ html: 'a page', n: 1 }, 'returned an object with `html`, `n`'],
  [new Response('a page'), 'returned a body that is an object (`ReadableStream`)'],
  [{ body: 5 }, 'returned a body that is a number'],
  [{ body: null }, 'returned a body that is `null`'],
  [{ headers: 'x-n: 5' }, 'returned headers that are a string'],
  [{ headers: { 'x-n': 5 } }, 'returned a header `x-n` that is a number'],
])('refuses %j', async (result, message) => {
  expect((await transformed(result)).failure).toContain(message)
})
