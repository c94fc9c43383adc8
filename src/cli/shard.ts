import { DistillError } from '../errors.ts'
import type { Shard } from '../render/shards/shard.ts'

/** The variables by which a job engine tells its jobs apart. */
interface Engine {
  name: string
  /** The variable that holds the job's index. */
  index: string
  /** The index of the first job, or the variable that holds it. */
  first: number | string
  /** The variable that holds how many jobs there are. Without it the engine does not tell. */
  total?: string
  /** The variable that holds the distance of two indices. Default: 1. */
  step?: string
  /** The variable that holds the last index. */
  last?: string
  /** What makes the engine set the variables. */
  setBy: string
}

const engines: readonly Engine[] = [
  {
    // https://docs.gitlab.com/ci/variables/predefined_variables/
    name: 'GitLab',
    index: 'CI_NODE_INDEX',
    first: 1,
    total: 'CI_NODE_TOTAL',
    setBy: '`parallel: 4` in the job',
  },
  {
    // https://circleci.com/docs/reference/variables/
    name: 'CircleCI',
    index: 'CIRCLE_NODE_INDEX',
    first: 0,
    total: 'CIRCLE_NODE_TOTAL',
    setBy: '`parallelism: 4` in the job',
  },
  {
    // https://buildkite.com/docs/pipelines/configure/environment-variables
    name: 'Buildkite',
    index: 'BUILDKITE_PARALLEL_JOB',
    first: 0,
    total: 'BUILDKITE_PARALLEL_JOB_COUNT',
    setBy: '`parallelism: 4` in the step',
  },
  {
    // https://support.atlassian.com/bitbucket-cloud/docs/parallel-step-options/
    name: 'Bitbucket',
    index: 'BITBUCKET_PARALLEL_STEP',
    first: 0,
    total: 'BITBUCKET_PARALLEL_STEP_COUNT',
    setBy: 'a `parallel` group of steps',
  },
  {
    // https://docs.semaphoreci.com/reference/env-vars
    name: 'Semaphore',
    index: 'SEMAPHORE_JOB_INDEX',
    first: 1,
    total: 'SEMAPHORE_JOB_COUNT',
    setBy: '`parallelism: 4` in the job',
  },
  {
    // https://slurm.schedmd.com/job_array.html
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    first: 'SLURM_ARRAY_TASK_MIN',
    total: 'SLURM_ARRAY_TASK_COUNT',
    step: 'SLURM_ARRAY_TASK_STEP',
    last: 'SLURM_ARRAY_TASK_MAX',
    setBy: '`sbatch --array=0-3`',
  },
  {
    // https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
    name: 'Kubernetes',
    index: 'JOB_COMPLETION_INDEX',
    first: 0,
    setBy: '`completionMode: Indexed` in the job',
  },
  {
    // https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    name: 'AWS Batch',
    index: 'AWS_BATCH_JOB_ARRAY_INDEX',
    first: 0,
    total: 'AWS_BATCH_JOB_ARRAY_SIZE',
    setBy: '`--array-properties size=4`',
  },
  {
    // https://cloud.google.com/run/docs/container-contract#jobs-env-vars
    name: 'Cloud Run',
    index: 'CLOUD_RUN_TASK_INDEX',
    first: 0,
    total: 'CLOUD_RUN_TASK_COUNT',
    setBy: '`--tasks 4`',
  },
]

/** As many as AWS Batch and Cloud Run start. */
const mostShards = 10_000

/**
 * The shard that `--shard` means.
 * @param given `<i>/<n>`, `i` from 1; `auto`: what the job engine's variables say; `auto/<n>`: the same, for an
 * engine that tells its jobs their index and not how many there are
 * @param env Where `auto` looks
 * @throws {DistillError} `USAGE` unless that is exactly one shard: `auto` never stands for all pages
 */
export function readShard(given: string, env: NodeJS.ProcessEnv): Shard {
  const [, which, total] = /^(auto|\d+)(?:\/(\d+))?$/.exec(given) ?? []
  if (which === undefined || (which !== 'auto' && total === undefined))
    throw invalid(given, 'It must be `<i>/<n>`, as in `1/4`, or `auto`, or `auto/<n>`.')
  const of = total === undefined ? undefined : Number(total)
  if (of !== undefined && !isBetween(of, 1, mostShards))
    throw invalid(given, `There can be 1 to ${mostShards} shards, not ${total}.`)
  if (which === 'auto') return shardOfJob(given, of, env)
  const index = Number(which)
  if (!isBetween(index, 1, of!))
    throw invalid(given, `There is no shard ${which} of ${of}: shards count from 1.`)
  return { index, of: of! }
}

const isBetween = (value: number, least: number, most: number) => value >= least && value <= most

const invalid = (given: string, why: string) =>
  new DistillError('USAGE', `option \`--shard\` argument \`${given}\` is invalid. ${why}`, {
    hint: 'The first of four shards is `--shard 1/4`, the last `--shard 4/4`.',
  })

function shardOfJob(given: string, of: number | undefined, env: NodeJS.ProcessEnv): Shard {
  const present = engines.filter((engine) => variablesOf(engine).some((name) => env[name]))
  // GitLab and CircleCI tell every job of a total. A job without siblings may submit an array to Slurm, whose tasks
  // inherit its variables.
  const sharing = present.filter(({ total }) => total === undefined || env[total] !== '1')
  const [first, ...others] = (sharing.length > 0 ? sharing : present).map((engine) => ({
    engine,
    shard: readEngine(engine, given, of, env),
  }))
  if (!first) throw noEngine(given)
  for (const { engine, shard } of others)
    if (shard.index !== first.shard.index || shard.of !== first.shard.of)
      throw new DistillError(
        'USAGE',
        `option \`--shard\` argument \`${given}\` is ambiguous: this is shard ${described(first.shard)} by ` +
          `\`${first.engine.index}\` of ${first.engine.name} and ${described(shard)} by \`${engine.index}\` of ${engine.name}`,
        {
          hint: `Name the one that is meant: \`--shard ${described(first.shard)}\` or \`--shard ${described(shard)}\`.`,
        },
      )
  return first.shard
}

const described = ({ index, of }: Shard) => `${index}/${of}`

const variablesOf = ({ index, total, first, step, last }: Engine): string[] =>
  [index, total, first, step, last].filter((name) => typeof name === 'string')

const noEngine = (given: string) =>
  new DistillError(
    'USAGE',
    `option \`--shard\` argument \`${given}\` finds no job engine: none of ` +
      `${engines.map(({ index }) => `\`${index}\``).join(', ')} is set`,
    {
      hint:
        `\`auto\` works in parallel jobs of ${engines.map(({ name }) => name).join(', ')}. ` +
        'Elsewhere name the shard: `--shard 1/4`, in a matrix on GitHub `--shard ${{ matrix.shard }}/4`.',
    },
  )

/** @throws {DistillError} `USAGE`, if the engine's variables are not those of one shard */
function readEngine(engine: Engine, given: string, of: number | undefined, env: NodeJS.ProcessEnv): Shard {
  const { name, setBy } = engine
  const wrong = (what: string, hint = `${name} sets it by ${setBy}. Or name the shard: \`--shard 1/4\`.`) =>
    new DistillError('USAGE', `option \`--shard\` argument \`${given}\` names no shard: ${what}`, { hint })
  const read = (variable: string): number => {
    const value = env[variable]
    if (!value) throw wrong(`${name} does not set \`${variable}\``)
    if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value)
    throw wrong(`\`${variable}\` is \`${value}\` and not a whole number`)
  }

  const job = read(engine.index)
  const total = engine.total === undefined ? of : read(engine.total)
  if (total === undefined)
    throw wrong(
      `${name} tells its jobs their \`${engine.index}\` and not how many there are`,
      'Say how many with the same number as `completions` in the job: `--shard auto/4`.',
    )
  if (of !== undefined && of !== total)
    throw wrong(
      `\`${engine.total}\` is \`${total}\` and not ${of}`,
      `Give \`--shard auto\`, or start ${of} jobs.`,
    )
  if (!isBetween(total, 1, mostShards))
    throw wrong(`\`${engine.total}\` is \`${total}\`, and there can be 1 to ${mostShards} shards`)

  const first = typeof engine.first === 'string' ? read(engine.first) : engine.first
  const step = engine.step === undefined ? 1 : read(engine.step)
  const last = engine.last === undefined ? first + (total - 1) * step : read(engine.last)
  if (last !== first + (total - 1) * step)
    throw wrong(
      `the ${total} indices from \`${engine.first}\` ${first} to \`${engine.last}\` ${last} have gaps`,
      `Submit an array without gaps: \`sbatch --array=0-${total - 1}\`. Or name the shard: \`--shard 1/${total}\`.`,
    )
  const index = (job - first) / step + 1
  if (Number.isInteger(index) && isBetween(index, 1, total)) return { index, of: total }
  const steps = step === 1 ? '' : ` in steps of ${step}`
  throw wrong(`\`${engine.index}\` is \`${job}\`, and must be from ${first} to ${last}${steps}`)
}
