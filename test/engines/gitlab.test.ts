import { execFileSync } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { type App, cleanEnv, repository } from '../app.ts'
import { blog, isHere, siteOf, texts, twelvePages } from './site.ts'

const found = (command: string) => {
  try {
    execFileSync(command, ['--version'])
    return true
  } catch {
    return false
  }
}
const canRun = isHere(
  'gitlab-ci-local',
  ['rsync', 'git'].filter((command) => !found(command)),
)

/** Where `merge` leaves the site for the next pipeline. */
const cache = '.gitlab-ci-local/cache/site-main'

describe.skipIf(!canRun)('on GitLab, by gitlab-ci-local', () => {
  /** gitlab-ci-local needs Node 22. What it starts runs on the Node of the tests, as the single builds do. */
  let engine: string[]
  beforeAll(async () => {
    const packages = ['-p', 'node@24', '-p', 'gitlab-ci-local@4']
    const { stdout } = await execa('npx', ['-y', ...packages, '-c', 'which node gitlab-ci-local'], {
      env: cleanEnv(),
      extendEnv: false,
    })
    engine = stdout.split('\n')
  })

  /** Makes the folder of an app a repository with the pipeline. */
  async function commit(app: App): Promise<void> {
    await cp(join(repository, 'playground/shards/.gitlab-ci.yml'), join(app.dir, '.gitlab-ci.yml'))
    await app.write({ '.gitignore': 'node_modules\ndist\n.npm\n.gitlab-ci-local\n' })
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: app.dir })
    await git('init', '--quiet', '--initial-branch=main')
    await git('remote', 'add', 'origin', 'https://gitlab.example.com/example/site.git')
    await git('add', '--all')
    await git('commit', '--quiet', '--message=The site')
  }

  async function pipeline(app: App): Promise<{ exitCode: number | undefined; output: string }> {
    const [node, gitlabCiLocal] = engine
    const packages = `INSTALL=ln -s ${app.dir}/node_modules node_modules`
    const { exitCode, all } = await execa(
      node!,
      // Each job gets a folder of its own, with the files of the repository and the artifacts before it.
      [
        gitlabCiLocal!,
        '--force-shell-executor',
        '--shell-isolation',
        '--no-artifacts-to-source',
        '--variable',
        packages,
      ],
      { cwd: app.dir, env: cleanEnv(), extendEnv: false, reject: false, all: true },
    )
    return { exitCode, output: all }
  }

  it.concurrent('the blog in four shards is that of one build', async () => {
    const [sharded, single] = await Promise.all([blog(), blog()])
    await commit(sharded)
    const { exitCode, output } = await pipeline(sharded)
    expect(exitCode, output).toBe(0)
    await single.build()
    expect(await siteOf(sharded, cache)).toEqual(await siteOf(single))
  })

  it.concurrent('the next pipeline keeps pages, and pages that fail leave the last site', async () => {
    const [sharded, single] = await Promise.all([twelvePages(), twelvePages()])
    await commit(sharded)
    const first = await pipeline(sharded)
    expect(first.exitCode, first.output).toBe(0)

    const edited = { 'pages.json': texts({ c: 'another text' }) }
    await Promise.all([sharded.write(edited), single.write(edited)])
    const second = await pipeline(sharded)
    expect(second.exitCode, second.output).toBe(0)
    expect(second.output).toMatch(/merge .*rendered 1, kept 12/)
    await single.build()
    const site = await siteOf(sharded, cache)
    expect(site).toEqual(await siteOf(single))

    await sharded.write({ 'pages.json': texts({ a: 'fail', b: 'fail', c: 'fail', d: 'fail' }) })
    const third = await pipeline(sharded)
    expect(third.exitCode).toBe(1)
    for (const slug of 'abcd') expect(third.output).toMatch(new RegExp(`merge .*no text of ${slug}`))
    expect(await siteOf(sharded, cache)).toEqual(site)
  })
})
