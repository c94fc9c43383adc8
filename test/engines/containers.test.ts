import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, expect, it } from 'vitest'
import { type App, repository } from '../app.ts'
import { env, failing, outside, siteOf, texts, twelvePages } from './site.ts'
import { yamlDocuments } from './yaml.ts'

// Without Kubernetes, AWS Batch or Cloud Run: the commands of the containers run here, with the variables that those set.

const shards = join(repository, 'playground/shards')

async function yaml<Document extends object>(file: string): Promise<Document[]> {
  return yamlDocuments<Document>(await readFile(join(shards, file), 'utf8'))
}

interface Container {
  command: string[]
  env: Record<string, string>
}

/** One container for each index from 0, or one without an index. */
function containers(
  command: string[],
  count: number | undefined,
  variables: (index: string) => Container['env'],
) {
  if (count === undefined) return [{ command, env: {} }]
  return Array.from({ length: count }, (_, index) => ({ command, env: variables(String(index)) }))
}

/** The containers of `plan`, `render` or `merge`. */
type Engine = (step: string) => Promise<Container[]>

const kubernetes: Engine = async (step) => {
  const jobs = await yaml<{
    metadata: { name: string }
    spec: {
      completions?: number
      template: { spec: { containers: { command: string[]; args?: string[] }[] } }
    }
  }>('kubernetes.yaml')
  const { spec } = jobs.find(({ metadata }) => metadata.name === `site-${step}`)!
  const { command, args = [] } = spec.template.spec.containers[0]!
  return containers([...command, ...args], spec.completions, (index) => ({ JOB_COMPLETION_INDEX: index }))
}

const awsBatch: Engine = async (step) => {
  const [job] = await yaml<{ arrayProperties?: { size: number }; containerOverrides: { command: string[] } }>(
    `aws-batch/${step}.yaml`,
  )
  const size = job!.arrayProperties?.size
  return containers(job!.containerOverrides.command, size, (index) => ({
    AWS_BATCH_JOB_ARRAY_INDEX: index,
    AWS_BATCH_JOB_ARRAY_SIZE: String(size),
  }))
}

const cloudRun: Engine = async (step) => {
  // `--tasks` of `gcloud run jobs execute`
  const tasks = step === 'render' ? 4 : 1
  return containers(['sh', 'step.sh', step], tasks, (index) => ({
    CLOUD_RUN_TASK_INDEX: index,
    CLOUD_RUN_TASK_COUNT: String(tasks),
  }))
}

const made: string[] = []
afterAll(async () => {
  await Promise.all(made.map((dir) => rm(dir, { recursive: true, force: true })))
})
async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vite-distill-container-'))
  made.push(dir)
  return dir
}

/** Runs all containers of a step at the same time. Resolves to their exit codes and what they print. */
async function runStep(app: App, engine: Engine, step: string, bucket?: string) {
  const ran = (await engine(step)).map(async ({ command: [file, ...args], env: variables }) => {
    let cwd = app.dir
    if (bucket !== undefined) {
      // Only the image is in the file system, and the bucket.
      cwd = await folder()
      await cp(app.dir, cwd, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => path !== join(app.dir, 'dist'),
      })
      await cp(join(shards, 'cloud-run/step.sh'), join(cwd, 'step.sh'))
      variables = { ...variables, EXCHANGE: bucket }
    }
    const options = {
      cwd,
      env: { ...outside(app), ...env, ...variables },
      extendEnv: false,
    } as const
    return execa(file!, args, { ...options, reject: false, all: true })
  })
  const results = await Promise.all(ran)
  return {
    exitCodes: results.map(({ exitCode }) => exitCode),
    output: results.map(({ all }) => all).join('\n'),
  }
}

it.concurrent.each([
  ['Kubernetes', kubernetes, false],
  ['AWS Batch', awsBatch, false],
  ['Cloud Run', cloudRun, true],
] as const)('%s makes the site of one build, and keeps it when pages fail', async (_, engine, hasBucket) => {
  const [app, single] = await Promise.all([twelvePages(), twelvePages()])
  const bucket = hasBucket ? await folder() : undefined
  const run = (step: string) => runStep(app, engine, step, bucket)
  const site = async () => {
    if (bucket !== undefined) await execa('tar', ['-xf', join(bucket, 'site.tar')], { cwd: app.dir })
    return siteOf(app)
  }

  for (const step of ['plan', 'render', 'merge']) {
    const { exitCodes, output } = await run(step)
    expect(exitCodes, output).toEqual(step === 'render' ? [0, 0, 0, 0] : [0])
  }
  await single.build()
  expect(await site()).toEqual(await siteOf(single))

  await app.write({ 'pages.json': texts(failing) })
  await run('plan')
  // The shards are written, so no engine tries again, and `merge` runs.
  expect((await run('render')).exitCodes).toEqual([0, 0, 0, 0])
  const { exitCodes, output } = await run('merge')
  expect(exitCodes).toEqual([1])
  for (const error of Object.values(failing)) expect(output).toContain(error)
  expect(await site()).toEqual(await siteOf(single))
})
