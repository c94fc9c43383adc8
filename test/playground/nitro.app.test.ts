import { describe, expect, it } from 'vitest'
import { copyPlayground } from '../app.ts'

describe('an app that Nitro builds too', () => {
  it.each([
    ['first', {}],
    ['last', { DISTILL_FIRST: 'yes' }],
  ])('with its plugin %s', async (_, env) => {
    const app = await copyPlayground('nitro')
    Object.assign(app.env, env)
    const output = await app.build()
    expect(output.match(/✓ distilled/g)).toHaveLength(1)
    expect(await app.read('dist/static/index.html')).toMatch(
      /<h1>Distilled<\/h1>[^]*src="\/assets\/|src="\/assets\/[^]*<h1>Distilled<\/h1>/,
    )
    expect(await app.files('dist/static')).not.toContain('now/index.html')
    expect(await app.files('.output/server')).toContain('index.mjs')
  })
})
