import { expect, test } from 'vitest'
import { readBody } from '../../../src/render/worker/body.ts'

const chunk = new Uint8Array(1 << 24)
const never = () => new Promise<never>(() => {})

/** A body of so many chunks of 16 MiB, which are all the same memory. */
function stream(chunks: number): { body: ReadableStream<Uint8Array>; read: () => number } {
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read++ < chunks) controller.enqueue(chunk)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return { body, read: () => read }
}

test('a body that is too large to be changed is an error, before it fills the memory', async () => {
  const { body, read } = stream(200)
  await expect(readBody(new Response(body), never, undefined)).rejects.toMatchObject({
    code: 'PAGES_FAILED',
    message: 'its body is larger than 512 MiB, the most that `transform` and `cdn.html` can change',
  })
  expect(read()).toBeLessThan(40)
})

test('a body that nothing changes may be of any size', async () => {
  const { body } = stream(40)
  let size = 0
  const read = await readBody(new Response(body), never, async ({ length, bytes }) => {
    size += length
    return bytes
  })
  expect(read).toBeUndefined()
  expect(size).toBe(40 * chunk.byteLength)
})
