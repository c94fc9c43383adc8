import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkLinks, listSiteFiles } from '../src/public-files.ts'
import type { ResolvedOptions } from '../src/options.ts'

const root = mkdtempSync(join(tmpdir(), 'public-files-'))
afterAll(() => rmSync(root, { recursive: true }))

describe.skipIf(process.platform === 'win32')('a named pipe', () => {
  mkdirSync(join(root, 'public/media'), { recursive: true })
  writeFileSync(join(root, 'public/a.txt'), 'a')
  execFileSync('mkfifo', [join(root, 'public/media/pipe')])
  const error = {
    code: 'PATH_UNSAFE',
    message: '`public/media/pipe` is a named pipe (FIFO), which cannot become a file of the site',
  }

  it('in `public/` is an error that names it: nobody may ever write to it', () => {
    expect(() => checkLinks(join(root, 'public'), root)).toThrow(expect.objectContaining(error))
  })

  it('among the files of the client is one too, also behind a symbolic link', () => {
    const assets = { include: true, skipAdminDirs: true, skipDirs: ['media'] }
    const options = { assets, root } as unknown as ResolvedOptions
    expect(listSiteFiles(join(root, 'public'), options).map(({ key }) => key)).toEqual(['a.txt'])
    symlinkSync('media/pipe', join(root, 'public/link'))
    expect(() => listSiteFiles(join(root, 'public'), options)).toThrow('`public/link` is a named pipe')
  })
})
