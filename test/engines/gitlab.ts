import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type App, cleanEnv, repository } from '../app.ts'
import { type Run, missingPrograms, outside } from './site.ts'

export const missingForGitlab = missingPrograms(['git', 'rsync'])

/** Where `merge` leaves the site for the next pipeline of an app. */
export const gitlabCache = '.gitlab-ci-local/cache/site-main'

export interface Gitlab {
  /** Makes the folder of an app a repository with a pipeline, by default that of `playground/shards`. */
  commit(app: App, pipeline?: string): Promise<void>
  /** Runs the pipeline on what is in the folder, or one of its jobs. */
  pipeline(app: App, ...args: string[]): Promise<Run>
}

/** Installs gitlab-ci-local, which reads GitLab's pipelines. */
export async function installGitlab(): Promise<Gitlab> {
  // It needs Node 22. What it starts runs on the Node of the tests, as the builds do that it is compared with.
  const { stdout } = await execa(
    'npx',
    ['-y', '-p', 'node@24', '-p', 'gitlab-ci-local@4', '-c', 'which node gitlab-ci-local'],
    { env: cleanEnv(), extendEnv: false },
  )
  const [node, gitlabCiLocal] = stdout.split('\n') as [string, string]
  return {
    async commit(app, pipeline) {
      if (pipeline !== undefined) await app.write({ '.gitlab-ci.yml': pipeline })
      else await cp(join(repository, 'playground/shards/.gitlab-ci.yml'), join(app.dir, '.gitlab-ci.yml'))
      await app.write({ '.gitignore': 'node_modules\ndist\n.npm\n.gitlab-ci-local\n' })
      const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
      const git = (...args: string[]) => execa('git', [...author, ...args], { cwd: app.dir })
      await git('init', '--quiet', '--initial-branch=main')
      await git('remote', 'add', 'origin', 'https://gitlab.example.com/example/site.git')
      await git('add', '--all')
      await git('commit', '--quiet', '--message=The site')
    },
    async pipeline(app, ...args) {
      // Each job gets a folder of its own, with the files of the repository and the artifacts of the jobs before it.
      const flags = ['--force-shell-executor', '--shell-isolation', '--no-artifacts-to-source']
      const packages = `INSTALL=ln -s ${app.dir}/node_modules node_modules`
      const { exitCode, all } = await execa(
        node,
        [gitlabCiLocal, ...flags, '--variable', packages, ...args],
        {
          cwd: app.dir,
          env: outside(app),
          extendEnv: false,
          reject: false,
          all: true,
        },
      )
      const merge = all.split('\n').filter((line) => line.startsWith('merge '))
      return { exitCode, output: all, merge: merge.join('\n') }
    },
  }
}
