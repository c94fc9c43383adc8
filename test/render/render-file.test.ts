import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderFile } from '../../src/render/render-file.ts'

/** A server entry of an app that answers each page with what its slug says. */
const entry = {
  default: {
    fetch: ({ url }: Request) => {
      if (url.endsWith('/broken')) return new Response('no database', { status: 500 })
      if (url.endsWith('/zipped'))
        return new Response(gzipSync('third'), { headers: { 'content-encoding': 'gzip' } })
      return new Response('second')
    },
  },
  distillRoutes: [{ route: '/:slug' }],
}

let outDir: string
beforeEach(() => {
  outDir = join(mkdtempSync(join(tmpdir(), 'render-file-')), 'static')
  mkdirSync(join(outDir, 'broken'), { recursive: true })
  writeFileSync(join(outDir, 'broken/index.html'), 'first')
})
afterEach(() => rmSync(join(outDir, '..'), { recursive: true }))

describe('renderFile()', () => {
  it('writes a page, and says whether that changed the file', async () => {
    const page = { url: '/about', file: 'about/index.html' }
    expect(await renderFile(entry, outDir, '/:slug', 'about')).toEqual({ ...page, changed: true })
    expect(await renderFile(entry, outDir, '/:slug', 'about')).toEqual({ ...page, changed: false })
    expect(readFileSync(join(outDir, page.file), 'utf8')).toBe('second')
  })

  it('decodes a compressed page', async () => {
    await renderFile(entry, outDir, '/:slug', 'zipped')
    expect(readFileSync(join(outDir, 'zipped/index.html'), 'utf8')).toBe('third')
  })

  it('leaves the old file where the page fails', async () => {
    await expect(renderFile(entry, outDir, '/:slug', 'broken')).rejects.toMatchObject({
      code: 'PAGES_FAILED',
      message: expect.stringMatching(/^page `\/broken`: .*500/),
    })
    expect(readFileSync(join(outDir, 'broken/index.html'), 'utf8')).toBe('first')
  })

  it('refuses a route that is not distilled', async () => {
    await expect(renderFile(entry, outDir, '/users/:id', 1)).rejects.toMatchObject({
      code: 'PARAMS_INVALID',
      message: 'no route `/users/:id` of the app is distilled',
    })
  })

  it('writes nothing while a build distils the same site', async () => {
    mkdirSync(`${outDir}.staging`)
    await expect(renderFile(entry, outDir, '/:slug', 'about')).rejects.toMatchObject({ code: 'BUILD_BUSY' })
    expect(existsSync(join(outDir, 'about'))).toBe(false)
  })
})
