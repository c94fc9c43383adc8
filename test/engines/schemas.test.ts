import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { repository } from '../app.ts'
import { yamlDocuments } from './yaml.ts'

const packages = [
  '@actions/workflow-parser@0.3', // GitHub's own, with the schema of workflows
  '@aws-sdk/client-batch@3', // types that are generated from Amazon's model of the API
  '@googleapis/run@34', // types that are generated from Google's description of the API
  'kubernetes-models@4', // schemas and types that are generated from the OpenAPI document of Kubernetes
]

/** Where the packages are installed. */
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vite-distill-schemas-'))
  await writeFile(join(dir, 'package.json'), '{ "private": true, "type": "module" }')
  await execa('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], { cwd: dir })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Resolves to what is wrong with the text of a file. */
type Check = (text: string) => Promise<string[]>

const installed = <Module>(name: string) => createRequire(join(dir, 'package.json'))(name) as Module

/** Compiles values as literals of their types, so that a property which a type does not have is an error. */
async function typeErrors(values: { value: object; type: string; module: string }[]): Promise<string[]> {
  const literals = values.map(
    ({ value, type, module }, n) =>
      `import type * as module${n} from '${module}'\n` +
      `export const value${n}: module${n}.${type} = ${JSON.stringify(value, null, 2)}\n`,
  )
  await writeFile(join(dir, 'typed.ts'), literals.join(''))
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  const flags = '--noEmit --strict --skipLibCheck --module esnext --moduleResolution bundler --target es2023'
  const { stdout } = await execa(process.execPath, [tsc, ...flags.split(' '), 'typed.ts'], {
    cwd: dir,
    reject: false,
  })
  return stdout.split('\n').filter((line) => line !== '')
}

const typed =
  (type: string, module: string): Check =>
  (text) =>
    typeErrors(yamlDocuments(text).map((value) => ({ value, type, module })))

/** The schemas know formats and ranges, the types know which properties there are. */
const kubernetes: Check = async (text) => {
  const values = yamlDocuments(text).map((value) => {
    const module = value.kind === 'Job' ? 'kubernetes-models/batch/v1' : 'kubernetes-models/v1'
    return { value, kind: value.kind!, type: `I${value.kind}`, module }
  })
  const errors = values.flatMap(({ value, kind, module }) => {
    const models = installed<Record<string, new (value: object) => { validate(): void }>>(module)
    try {
      new models[kind]!(value).validate()
      return []
    } catch (error) {
      return [String(error)]
    }
  })
  return [...errors, ...(await typeErrors(values))]
}

interface Parser {
  NoOperationTraceWriter: new () => object
  parseWorkflow(file: { name: string; content: string }, trace: object): { context: object; value: object }
  convertWorkflowTemplate(context: object, value: object): Promise<{ errors?: { Message: string }[] }>
}

let bundled: Promise<Parser> | undefined
/** Bundled, because it imports JSON as no Node does. */
async function bundleParser(): Promise<Parser> {
  const source = join(dir, 'node_modules/@actions/workflow-parser/dist/index.js')
  const outDir = join(dir, 'workflow-parser')
  await build({
    configFile: false,
    logLevel: 'error',
    root: dir,
    ssr: { noExternal: true },
    build: { ssr: source, outDir },
  })
  return (await import(pathToFileURL(join(outDir, 'index.js')).href)) as Parser
}

const github: Check = async (content) => {
  const parser = await (bundled ??= bundleParser())
  const { context, value } = parser.parseWorkflow(
    { name: 'site.yml', content },
    new parser.NoOperationTraceWriter(),
  )
  const { errors = [] } = await parser.convertWorkflowTemplate(context, value)
  return errors.map(({ Message }) => Message)
}

const submitJob = typed('SubmitJobRequest', '@aws-sdk/client-batch')

it.each<[file: string, check: Check, mistakes: [right: string, wrong: string][]]>([
  [
    'github.yml',
    github,
    [
      ['fail-fast', 'failfast'],
      ['needs: [plan, render]', 'needs: [plan, shards]'],
      ['strategy.job-total', 'strategy.job-total + 1'],
    ],
  ],
  [
    'kubernetes.yaml',
    kubernetes,
    [
      ['completionMode', 'completionsMode'],
      ['accessModes: [ReadWriteMany]', 'accessModes: ReadWriteMany'],
    ],
  ],
  [
    'aws-batch/job-definition.yaml',
    typed('RegisterJobDefinitionRequest', '@aws-sdk/client-batch'),
    [['fileSystemId', 'filesystem']],
  ],
  ['aws-batch/plan.yaml', submitJob, [['jobQueue', 'queue']]],
  ['aws-batch/render.yaml', submitJob, [['size: 4', "size: '4'"]]],
  ['aws-batch/merge.yaml', submitJob, [['command', 'commands']]],
  ['cloud-run/job.yaml', typed('run_v1.Schema$Job', '@googleapis/run'), [['csi', 'cis']]],
])('%s fits its schema', async (file, check, mistakes) => {
  const text = await readFile(join(repository, 'playground/shards', file), 'utf8')
  expect(await check(text)).toEqual([])
  for (const [right, wrong] of mistakes) {
    const changed = text.replace(right, wrong)
    expect(changed).not.toBe(text)
    expect(await check(changed), wrong).not.toEqual([])
  }
})

it('the workflow of docs/scale.md fits its schema', async () => {
  const text = await readFile(join(repository, 'docs/scale.md'), 'utf8')
  const [, workflow] = /```yaml\n([^]*?)```/.exec(text)!
  expect(await github(workflow!)).toEqual([])
  expect(await github(workflow!.replace('needs: plan', 'needs: plans'))).not.toEqual([])
})

it('the workflows of docs/previews.md fit their schema', async () => {
  const text = await readFile(join(repository, 'docs/previews.md'), 'utf8')
  const [publish, remove] = [...text.matchAll(/```yaml\n(# .github[^]*?)```/g)].map(
    ([, workflow]) => workflow!,
  )
  for (const workflow of [publish!, remove!]) {
    expect(await github(workflow)).toEqual([])
    expect(await github(workflow.replace('runs-on', 'run-on'))).not.toEqual([])
  }
  expect(await github(publish!.replace('github.repository', 'github.repo sitory'))).not.toEqual([])
  expect(await github(remove!.replace('[closed]', '[shut]'))).not.toEqual([])
})
