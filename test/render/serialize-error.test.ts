import { HTTPError, H3, createError } from 'h3'
import { describe, expect, it } from 'vitest'
import { serializeError } from '../../src/render/serialize-error.ts'
import { captureErrors } from '../../src/routes/captured-errors.ts'

const mine = expect.stringContaining('serialize-error.test.ts')

class Unreadable extends Error {
  override get message(): string {
    throw new Error('no message either')
  }
}

function cyclic(): Error {
  const error = new Error('first')
  error.cause = new Error('second', { cause: error })
  return error
}

describe('anything that is thrown', () => {
  it.each<[string, unknown, string]>([
    ['a string', 'plain', 'plain'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
    ['an object', { code: 42 }, '{ code: 42 }'],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { code: 42 }),
      '[Object: null prototype] { code: 42 }',
    ],
    ['one that has a message', Object.assign(Object.create(null), { message: 'gone' }), 'gone'],
    ['a message that throws', new Unreadable(), 'an error whose message cannot be read'],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no')
          },
          has: () => {
            throw new Error('no')
          },
          getPrototypeOf: () => {
            throw new Error('no')
          },
        },
      ),
      'an error whose message cannot be read',
    ],
  ])('has a message: %s', (_, thrown, message) => {
    expect(serializeError(thrown).message).toBe(message)
  })

  it('has the causes of its causes, each once', () => {
    const { message, stack } = serializeError(cyclic())
    expect(message).toBe('first')
    expect(stack.match(/caused by/g)).toEqual(['caused by'])
    expect(stack).toContain('caused by Error: second')
  })

  it('has the causes that are no errors, and all of several', () => {
    expect(serializeError(new Error('top', { cause: 'the disk is full' })).stack).toContain(
      'caused by the disk is full',
    )
    const several = new AggregateError([new Error('one'), new RangeError('two')], 'both')
    expect(serializeError(several).stack).toMatch(/caused by Error: one[^]*caused by RangeError: two/)
  })
})

describe('what an h3 app throws', () => {
  const cause = new RangeError('row is gone')
  it.each<[string, () => unknown, string]>([
    [
      'new HTTPError(message, details)',
      () => new HTTPError('no post', { status: 500, data: { id: 1 } }),
      'no post',
    ],
    [
      'new HTTPError(details)',
      () => new HTTPError({ status: 500, message: 'no post', body: { id: 1 } }),
      'no post',
    ],
    ['HTTPError.status()', () => HTTPError.status(500, 'No Post'), 'No Post'],
    ['createError()', () => createError({ statusCode: 500, statusMessage: 'No Post', cause }), 'row is gone'],
    ['an error with a cause', () => new Error('no post', { cause }), 'no post'],
  ])('keeps its message and stack: %s', async (_, make, message) => {
    const app = new H3().get('/', () => {
      throw make()
    })
    const thrownFor = captureErrors(app)
    const request = new Request('http://localhost/')
    await app.fetch(request)
    expect(serializeError(thrownFor(request))).toEqual({ message, stack: mine })
  })

  it('keeps the cause of its own error', async () => {
    const app = new H3().get('/', () => {
      throw new HTTPError({ status: 500, message: 'no post', cause })
    })
    const thrownFor = captureErrors(app)
    const request = new Request('http://localhost/')
    await app.fetch(request)
    expect(serializeError(thrownFor(request)).stack).toContain('caused by RangeError: row is gone')
  })

  it.each<[unknown, string]>([
    ['plain', 'plain'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ code: 42 }, '{ code: 42 }'],
    [404, 'HTTPError 404'],
  ])('keeps what is no error: %s', async (thrown, message) => {
    const app = new H3().get('/', () => {
      throw thrown
    })
    const thrownFor = captureErrors(app)
    const request = new Request('http://localhost/')
    await app.fetch(request)
    expect(serializeError(thrownFor(request)).message).toBe(message)
  })
})
