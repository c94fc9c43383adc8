import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, cleanEnv, repository } from '../app.ts'
import { missingForSlurm, type Slurm, startSlurm } from '../servers/slurm.ts'
import { blog, isHere, siteOf, texts, twelvePages } from './site.ts'

const canRun = isHere('Slurm', missingForSlurm)

describe.skipIf(!canRun)('on Slurm, by sbatch', () => {
  let slurm: Slurm
  beforeAll(async () => {
    slurm = await startSlurm()
  })
  afterAll(() => slurm.stop())

  /** Runs the three steps in an app's folder, which all nodes share. */
  async function submit(app: App): Promise<{ exitCode: number | undefined; output: string }> {
    const { exitCode, all } = await execa(join(repository, 'playground/shards/slurm/submit.sh'), {
      cwd: app.dir,
      env: { ...cleanEnv(), ...slurm.env },
      extendEnv: false,
      reject: false,
      all: true,
    })
    const logs = ['plan', 'render-0', 'render-1', 'render-2', 'render-3', 'merge'].map((step) =>
      readFile(join(app.dir, `slurm-${step}.out`), 'utf8').catch(() => ''),
    )
    return { exitCode, output: [all, ...(await Promise.all(logs))].join('\n') }
  }

  it.concurrent('the blog in four shards is that of one build', async () => {
    const [sharded, single] = await Promise.all([blog(), blog()])
    const { exitCode, output } = await submit(sharded)
    expect(exitCode, output).toBe(0)
    await single.build()
    expect(await siteOf(sharded)).toEqual(await siteOf(single))
  })

  it.concurrent('pages that fail leave the last site, which the next run keeps pages of', async () => {
    const app = await twelvePages()
    await app.build()
    const site = await siteOf(app)

    await app.write({ 'pages.json': texts({ a: 'fail', b: 'fail', c: 'fail', d: 'fail' }) })
    const failed = await submit(app)
    expect(failed.exitCode, failed.output).toBe(1)
    const merge = await app.read('slurm-merge.out')
    for (const slug of 'abcd') expect(merge).toContain(`no text of ${slug}`)
    expect(await siteOf(app)).toEqual(site)

    await app.write({ 'pages.json': texts({ c: 'another text' }) })
    const repaired = await submit(app)
    expect(repaired.exitCode, repaired.output).toBe(0)
    expect(repaired.output).toContain('rendered 1, kept 12')
  })

  it.concurrent('a plan that fails ends what depends on it', async () => {
    const app = await twelvePages()
    await app.build()
    const site = await siteOf(app)
    await app.write({ 'pages.json': '{' })
    const failed = await submit(app)
    expect(failed.exitCode, failed.output).not.toBe(0)
    expect(await app.files('.')).not.toContain('slurm-render-0.out')
    expect(await siteOf(app)).toEqual(site)
  })
})
