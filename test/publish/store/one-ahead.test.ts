import { expect, test } from 'vitest'
import { oneAhead } from '../../../src/publish/store/one-ahead.ts'

async function* pagesOf(count: number, events: string[], fails = 0) {
  try {
    for (let page = 1; page <= count; page++) {
      events.push(`asked for ${page}`)
      await Promise.resolve()
      if (page === fails) throw new Error(`page ${page}`)
      yield page
    }
  } finally {
    events.push('ended')
  }
}

test('the next page is asked for before the caller is done with one', async () => {
  const events: string[] = []
  for await (const page of oneAhead(pagesOf(3, events))) {
    await new Promise(setImmediate)
    events.push(`got ${page}`)
  }
  expect(events).toEqual(['asked for 1', 'asked for 2', 'got 1', 'asked for 3', 'got 2', 'ended', 'got 3'])
})

test('a page that fails is thrown after the pages before it', async () => {
  const got: number[] = []
  const read = async () => {
    for await (const page of oneAhead(pagesOf(3, [], 2))) {
      await new Promise(setImmediate)
      got.push(page)
    }
  }
  await expect(read()).rejects.toThrow('page 2')
  expect(got).toEqual([1])
})

test('a caller that stops early ends the pages, even those that fail', async () => {
  const events: string[] = []
  for await (const page of oneAhead(pagesOf(3, events, 2))) if (page === 1) break
  await new Promise(setImmediate)
  expect(events).toEqual(['asked for 1', 'asked for 2', 'ended'])
})
