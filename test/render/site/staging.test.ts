import { execa } from 'execa'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { discardStaging, openStaging } from '../../../src/render/site/staging.ts'

function place() {
  const dir = mkdtempSync(join(tmpdir(), 'vite-distill-staging-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const outDir = join(dir, 'static')
  return { dir, outDir, stagingDir: `${outDir}.staging`, manifestFile: `${outDir}.manifest.jsonl` }
}

describe('staging', () => {
  it('is one build’s at a time', async () => {
    const { dir, ...where } = place()
    const other = execa('sleep', ['30'])
    onTestFinished(() => void other.kill())
    mkdirSync(where.stagingDir)
    writeFileSync(join(where.stagingDir, 'pid'), String(other.pid))
    expect(() => openStaging(where)).toThrow(`another build (process ${other.pid}) is distilling into`)
    expect(readdirSync(dir)).toEqual(['static.staging'])
    other.kill()
    await other.catch(() => {})
    expect(existsSync(openStaging(where))).toBe(true)
    discardStaging(where)
    expect(readdirSync(dir)).toEqual([])
  })
})
