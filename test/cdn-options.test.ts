import { describe, expect, it } from 'vitest'
import { callTag } from '../src/cdn-options.ts'
import { type DistillOptions, resolveOptions } from '../src/options.ts'

const resolveCdn = (cdn: unknown) =>
  resolveOptions({ cdn } as DistillOptions, { root: '/app', base: '/' }).cdn

const thrown = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('it was accepted')
}

describe('the option `cdn`', () => {
  it('has a default for each part', () => {
    expect(resolveCdn(undefined)).toEqual({ tag: 'auto', param: 'tag', html: false, given: false })
    expect(resolveCdn({})).toEqual({ tag: 'auto', param: 'tag', html: false, given: true })
    const own = { tag: 'v1.2~x_y-z', param: 'v', html: true }
    expect(resolveCdn(own)).toEqual({ ...own, given: true })
  })

  it.each([
    [true, '`cdn` is `true`', 'an object'],
    [null, '`cdn` is `null`', 'an object'],
    [{ tags: 'auto' }, '`cdn` has no option `tags`', 'Did you mean `tag`?'],
    [[], '`cdn` is a list', 'an object'],
    [{ tga: 'auto' }, '`cdn` has no option `tga`', 'It has `tag`, `param`, `html`.'],
    [{ params: 'v' }, '`cdn` has no option `params`', 'Did you mean `param`?'],
    [{ Tag: 'auto' }, '`cdn` has no option `Tag`', 'Did you mean `tag`?'],
    [{ tag: '' }, '`cdn.tag` is an empty string', '`auto`, `commit`, `time`, `content`'],
    [{ tag: 5 }, '`cdn.tag` is `5`', 'letters, digits'],
    [{ tag: 'a b' }, '`cdn.tag` is `a b`', 'letters, digits'],
    [{ tag: 'a&b=1' }, '`cdn.tag` is `a&b=1`', 'letters, digits'],
    [{ tag: 'x'.repeat(129) }, '`cdn.tag` is `xxx', 'at most 128'],
    [{ tag: 'Content' }, '`cdn.tag` is `Content`', 'Did you mean `content`?'],
    [{ param: '' }, '`cdn.param` is an empty string', 'letters, digits'],
    [{ param: 'a=b' }, '`cdn.param` is `a=b`', 'letters, digits'],
    [{ html: 'yes' }, '`cdn.html` is `yes`', '`true` or `false`'],
  ])('refuses %o', (cdn, message, hint) => {
    expect(thrown(() => resolveCdn(cdn))).toMatchObject({
      code: 'OPTION_INVALID',
      exitCode: 2,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
  })

  it('is checked by the compiler', () => {
    const right: DistillOptions[] = [
      { cdn: {} },
      { cdn: { tag: 'content', param: 'v', html: true } },
      { cdn: { tag: 'v1' } },
      { cdn: { tag: () => 'v1' } },
    ]
    expect(right).toHaveLength(4)
    const wrong: DistillOptions[] = [
      // @ts-expect-error an object
      { cdn: true },
      // @ts-expect-error not a name
      { cdn: { tags: 'auto' } },
      // @ts-expect-error a number
      { cdn: { tag: 5 } },
      // @ts-expect-error a function that may give nothing
      { cdn: { tag: () => process.env.RELEASE } },
      // @ts-expect-error a promise
      { cdn: { tag: async () => 'v1' } },
      // @ts-expect-error a text
      { cdn: { html: 'yes' } },
    ]
    expect(wrong).toHaveLength(6)
  })
})

describe('a function for the tag', () => {
  it('gives it', () => expect(callTag(() => 'v1')).toBe('v1'))

  it.each([
    [() => '', 'returned an empty string'],
    [() => undefined, 'returned `undefined`'],
    [() => 5, 'returned `5`'],
    [() => ({ tag: 'v1' }), 'returned an object'],
    [() => 'a b', 'returned `a b`'],
    [() => Symbol('x'), 'returned `Symbol(x)`'],
    [async () => 'v1', 'returned a promise'],
    [
      () => {
        throw new Error('no release')
      },
      'threw: no release',
    ],
  ])('%o is refused', (give, message) => {
    expect(thrown(() => callTag(give as () => string))).toMatchObject({
      code: 'OPTION_INVALID',
      message: `the function \`cdn.tag\` ${message}`,
      hint: expect.any(String),
    })
  })
})
