import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, repository } from '../app.ts'
import { missingForSlurm, type Slurm, startSlurm } from '../servers/slurm.ts'
import { type Gitlab, gitlabCache, installGitlab, missingForGitlab } from './gitlab.ts'
import { type Run, blog, failing, isHere, outside, siteOf, texts, twelvePages } from './site.ts'

let built: Promise<Record<string, string>> | undefined
/** The blog, as one `vite build` makes it. */
async function builtBlog(): Promise<Record<string, string>> {
  const app = await blog()
  await app.build()
  return siteOf(app)
}
const singleBlog = () => (built ??= builtBlog())

describe.skipIf(!isHere('gitlab-ci-local', missingForGitlab))(
  'on GitLab, by gitlab-ci-local',
  { concurrent: true },
  () => {
    let gitlab: Gitlab
    beforeAll(async () => {
      gitlab = await installGitlab()
    })

    it('the blog in four shards is that of one build', async () => {
      const app = await blog()
      await gitlab.commit(app)
      const { exitCode, output } = await gitlab.pipeline(app)
      expect(exitCode, output).toBe(0)
      expect(await siteOf(app, gitlabCache)).toEqual(await singleBlog())
    })

    it('the next pipeline finds the last site, and leaves it when pages fail', async () => {
      const app = await twelvePages()
      await gitlab.commit(app)
      const first = await gitlab.pipeline(app)
      expect(first.exitCode, first.output).toBe(0)
      const site = await siteOf(app, gitlabCache)

      await app.write({ 'pages.json': texts(failing) })
      const second = await gitlab.pipeline(app)
      expect(second.output).toMatch(/plan .*: 3 to render, 10 kept/)
      expect(second.exitCode, second.output).toBe(1)
      for (const error of Object.values(failing)) expect(second.merge).toContain(error)
      expect(await siteOf(app, gitlabCache)).toEqual(site)
    })
  },
)

describe.skipIf(!isHere('Slurm', missingForSlurm))('on Slurm, by sbatch', { concurrent: true }, () => {
  let slurm: Slurm
  beforeAll(async () => {
    slurm = await startSlurm()
  })
  afterAll(() => slurm.stop())

  /** Runs the three steps in an app's folder, which all nodes share. */
  async function submit(app: App): Promise<Run> {
    const { exitCode, all } = await execa(join(repository, 'playground/shards/slurm/submit.sh'), {
      cwd: app.dir,
      env: { ...outside(app), ...slurm.env },
      extendEnv: false,
      reject: false,
      all: true,
    })
    const logs = ['plan', 'render-0', 'render-1', 'render-2', 'render-3', 'merge'].map((step) =>
      readFile(join(app.dir, `slurm-${step}.out`), 'utf8').catch(() => ''),
    )
    const said = await Promise.all(logs)
    return { exitCode, output: [all, ...said].join('\n'), merge: said.at(-1)! }
  }

  it('the blog in four shards is that of one build', async () => {
    const app = await blog()
    const { exitCode, output } = await submit(app)
    expect(exitCode, output).toBe(0)
    expect(await siteOf(app)).toEqual(await singleBlog())
  })

  it('pages that fail leave the last site, which the next run keeps pages of', async () => {
    const [app, single] = await Promise.all([twelvePages(), twelvePages()])
    await app.build()
    const site = await siteOf(app)

    await app.write({ 'pages.json': texts(failing) })
    const failed = await submit(app)
    expect(failed.exitCode, failed.output).toBe(1)
    for (const error of Object.values(failing)) expect(failed.merge).toContain(error)
    expect(await siteOf(app)).toEqual(site)

    const edited = { 'pages.json': texts({ c: 'another text' }) }
    await Promise.all([app.write(edited), single.write(edited)])
    const repaired = await submit(app)
    expect(repaired.exitCode, repaired.output).toBe(0)
    expect(repaired.merge).toContain('rendered 1, kept 12')
    await single.build()
    expect(await siteOf(app)).toEqual(await siteOf(single))
  })

  it('nothing is rendered after a plan that fails', async () => {
    const app = await twelvePages()
    await app.build()
    const site = await siteOf(app)

    await app.write({ 'pages.json': '{' })
    const failed = await submit(app)
    expect(failed.exitCode, failed.output).toBe(1)
    expect((await app.files('.')).filter((file) => file.startsWith('slurm-'))).toEqual(['slurm-plan.out'])
    expect(await siteOf(app)).toEqual(site)
  })
})
