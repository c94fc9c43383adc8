import { readdir, readFile, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type App, repository, viteConfig } from '../app.ts'
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

    it('a preview of a merge request is published and removed, as docs/previews.md says', async () => {
      const app = await twelvePages()
      const entry = await app.read('src/entry-server.ts')
      await app.write({
        'src/entry-server.ts': entry.replace('href="/', 'href="${import.meta.env.BASE_URL}'),
        'vite.config.ts': viteConfig(
          `{ siteId: 'site', publish: { preview: { backend: 'directory', path: '${app.dir}/../www-${basename(app.dir)}', prefix: process.env.PREVIEW } } }`,
        ),
      })
      const vite = join(repository, 'node_modules/vite/bin/vite.js')
      await symlink(vite, join(app.dir, 'node_modules/.bin/vite'))
      const www = join(app.dir, `../www-${basename(app.dir)}`)
      onTestFinished(() => rm(www, { recursive: true, force: true }))
      const docs = await readFile(join(repository, 'docs/previews.md'), 'utf8')
      const [, pipeline] = /```yaml\n(# .gitlab[^]*?)```/.exec(docs)!
      await gitlab.commit(app, pipeline!.replaceAll('npm ci', '$INSTALL'))
      const request = ['CI_PIPELINE_SOURCE=merge_request_event', 'CI_MERGE_REQUEST_IID=12']
      const variables = request.flatMap((variable) => ['--variable', variable])
      const published = await gitlab.pipeline(app, ...variables)
      expect(published.exitCode, published.output).toBe(0)
      const home = await readFile(join(www, 'mr-12/index.html'), 'utf8')
      expect(home).toContain('src="/mr-12/assets/')
      // It has neither the site nor a build.
      const removed = await gitlab.pipeline(app, 'remove-preview', ...variables)
      expect(removed.exitCode, removed.output).toBe(0)
      expect(removed.output).toContain('Unpublished')
      expect(await readdir(www)).toEqual([])
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
