import { describe, expect, it } from 'vitest'
import { describeFailures } from '../../src/render/failures.ts'

const stackAt = (line: number) => `    at load (file:///app/src/post.ts:${line}:9)`

/** The error of so many pages `/post-0`, `/post-1`, … that failed with these messages. */
function failed(
  pages: number,
  messageOf: (n: number) => string,
  whyOf: (n: number) => string = () => 'it answered 500, where 200 was expected',
  slugOf: (n: number) => string = (n) => `post-${n}`,
) {
  const numbers = Array.from({ length: pages }, (_, n) => n)
  const list = {
    routes: [{ route: '/:slug', status: [200] }],
    notices: [],
    warnings: [],
    pages: numbers.map((n) => ({
      url: `/${slugOf(n)}`,
      key: `${slugOf(n)}/index.html`,
      route: 0,
      params: { slug: slugOf(n) },
    })),
  }
  const failures = numbers.map((index) => ({
    index,
    message: whyOf(index),
    error: { message: messageOf(index), stack: stackAt(5) },
  }))
  return describeFailures(failures, list, '/app')
}

describe('many pages that fail', () => {
  it('are one group where the messages differ only by the page', () => {
    const { message, hint, pages } = failed(2000, (n) => `cannot read "post-${n}"`)
    expect(message).toBe(
      [
        '2,000 pages could not be rendered',
        ...[0, 1, 2].map((n) => `  \`/post-${n}\` (route \`/:slug\`, params \`{"slug":"post-${n}"}\`)`),
        '  and 1,997 pages more',
        '    it answered 500, where 200 was expected: cannot read "post-0"',
        '    at load (src/post.ts:5:9)',
      ].join('\n'),
    )
    expect(hint).toContain('`vite-distill render --json` lists every page')
    expect(pages).toHaveLength(2000)
    expect(pages.at(-1)).toEqual({
      url: '/post-1999',
      route: '/:slug',
      params: { slug: 'post-1999' },
      message: 'it answered 500, where 200 was expected: cannot read "post-1999"',
      stack: '    at load (src/post.ts:5:9)',
    })
  })

  it('are one group where a redirect leads to the page itself', () => {
    const { message } = failed(
      600,
      (n) => `post-${n}`,
      (n) => `it answered 302, a redirect to \`/post-${n}/\`, where 200 was expected`,
    )
    expect(message).toContain('and 597 pages more')
  })

  it('are one group where params are the numbers of a status', () => {
    const { message } = failed(600, (n) => `no post ${n}`, undefined, String)
    expect(message).toContain('and 597 pages more')
  })

  it('show the most frequent causes first, and count the others', () => {
    const { message } = failed(100, (n) => (n < 80 ? `odd ${n}` : 'the database is gone'))
    expect(message.split('\n')[1]).toContain('`/post-80`')
    expect(message).toContain('and 17 pages more')
    expect(message.endsWith('and 71 more causes, of 71 pages')).toBe(true)
  })
})
