import { describe, expect, test } from 'vitest'
import { readShard } from '../../src/cli/shard.ts'
import { DistillError } from '../../src/errors.ts'

type Env = Record<string, string>

const slurm = (id: number, count: number, min: number, max: number, step = 1): Env => ({
  SLURM_ARRAY_TASK_ID: String(id),
  SLURM_ARRAY_TASK_COUNT: String(count),
  SLURM_ARRAY_TASK_MIN: String(min),
  SLURM_ARRAY_TASK_MAX: String(max),
  SLURM_ARRAY_TASK_STEP: String(step),
})
const gitlab = (index: number, total: number): Env => ({
  CI_NODE_INDEX: String(index),
  CI_NODE_TOTAL: String(total),
})
/** A job without `parallel`. */
const gitlabAlone: Env = { CI_NODE_TOTAL: '1' }
const circleAlone: Env = { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '1' }
const kubernetes: Env = { JOB_COMPLETION_INDEX: '1' }

test.each(['1/1', '2/4', '4/4', '10000/10000'])(
  '`%s` is that shard, whatever engine runs the job',
  (given) => {
    const [index, of] = given.split('/').map(Number)
    expect(readShard(given, gitlab(3, 3))).toEqual({ index, of })
  },
)

describe('`auto` is the job of', () => {
  test.each<[string, string, Env, string]>([
    ['GitLab, from 1', 'auto', gitlab(1, 3), '1/3'],
    ['GitLab, the last', 'auto', gitlab(3, 3), '3/3'],
    ['CircleCI, from 0', 'auto', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '4' }, '1/4'],
    ['CircleCI, the last', 'auto', { CIRCLE_NODE_INDEX: '3', CIRCLE_NODE_TOTAL: '4' }, '4/4'],
    ['CircleCI, alone', 'auto', circleAlone, '1/1'],
    ['Buildkite, from 0', 'auto', { BUILDKITE_PARALLEL_JOB: '0', BUILDKITE_PARALLEL_JOB_COUNT: '4' }, '1/4'],
    [
      'Bitbucket, from 0',
      'auto',
      { BITBUCKET_PARALLEL_STEP: '0', BITBUCKET_PARALLEL_STEP_COUNT: '4' },
      '1/4',
    ],
    ['Semaphore, from 1', 'auto', { SEMAPHORE_JOB_INDEX: '1', SEMAPHORE_JOB_COUNT: '4' }, '1/4'],
    ['AWS Batch, from 0', 'auto', { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '4' }, '1/4'],
    ['Cloud Run, from 0', 'auto', { CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '4' }, '1/4'],
    ['Kubernetes, from 0, with the number of jobs', 'auto/4', kubernetes, '2/4'],
    ['Slurm, --array=0-3', 'auto', slurm(0, 4, 0, 3), '1/4'],
    ['Slurm, --array=1-4', 'auto', slurm(4, 4, 1, 4), '4/4'],
    ['Slurm, --array=0-6:2', 'auto', slurm(4, 4, 0, 6, 2), '3/4'],
    ['an engine that agrees with the number of jobs', 'auto/3', gitlab(2, 3), '2/3'],
    ['two engines that agree', 'auto', { ...gitlab(2, 4), ...slurm(1, 4, 0, 3) }, '2/4'],
    ['Slurm, submitted by a GitLab job', 'auto', { ...gitlabAlone, ...slurm(1, 4, 0, 3) }, '2/4'],
    ['Slurm, submitted by a CircleCI job', 'auto', { ...circleAlone, ...slurm(1, 4, 0, 3) }, '2/4'],
    ['a parallel GitLab job that submits one task', 'auto', { ...gitlab(2, 4), ...slurm(0, 1, 0, 0) }, '2/4'],
    ['an engine beside empty variables', 'auto', { ...gitlab(2, 4), CIRCLE_NODE_INDEX: '' }, '2/4'],
  ])('%s', (_, given, env, shard) => {
    const { index, of } = readShard(given, env)
    expect(`${index}/${of}`).toBe(shard)
  })
})

describe('refused, with what is wrong and what to do:', () => {
  const form = 'It must be `<i>/<n>`, as in `1/4`, or `auto`, or `auto/<n>`.'
  const example = '`--shard 1/4`'
  test.each<[string, Env, string, string]>([
    // What is given
    ...['', '1', '1/', '/4', 'a/b', '1.5/4', '-1/4', '1/4/4', ' 1/4', '0x1/4', '1e0/4', 'AUTO', 'auto/'].map(
      (given): [string, Env, string, string] => [given, {}, form, example],
    ),
    ['0/4', {}, 'There is no shard 0 of 4: shards count from 1.', example],
    ['5/4', {}, 'There is no shard 5 of 4: shards count from 1.', example],
    ['99999999999999999999/4', {}, 'There is no shard 99999999999999999999 of 4', example],
    ['1/0', {}, 'There can be 1 to 10000 shards, not 0.', example],
    ['1/10001', {}, 'There can be 1 to 10000 shards, not 10001.', example],
    ['auto/0', kubernetes, 'There can be 1 to 10000 shards, not 0.', example],
    // The environment
    ['auto', {}, 'finds no job engine: none of `CI_NODE_INDEX`', example],
    [
      'auto',
      { CI: 'true', GITHUB_ACTIONS: 'true' },
      '`CLOUD_RUN_TASK_INDEX` is set',
      '${{ matrix.shard }}/4`',
    ],
    ['auto/4', {}, 'finds no job engine', example],
    ['auto', gitlabAlone, 'GitLab does not set `CI_NODE_INDEX`', '`parallel: 4` in the job'],
    ['auto', { CI_NODE_INDEX: '1' }, 'GitLab does not set `CI_NODE_TOTAL`', example],
    ['auto', { ...gitlab(1, 4), CI_NODE_TOTAL: '' }, 'GitLab does not set `CI_NODE_TOTAL`', example],
    ['auto', { SLURM_ARRAY_TASK_ID: '1' }, 'Slurm does not set `SLURM_ARRAY_TASK_COUNT`', '--array=0-3'],
    ['auto', { ...gitlab(1, 4), CI_NODE_INDEX: 'one' }, '`CI_NODE_INDEX` is `one`', example],
    ['auto', { ...gitlab(1, 4), CI_NODE_TOTAL: '-4' }, '`CI_NODE_TOTAL` is `-4`', example],
    ['auto', { ...gitlab(1, 4), CI_NODE_INDEX: '9'.repeat(20) }, 'not a whole number', example],
    ['auto', gitlab(0, 4), '`CI_NODE_INDEX` is `0`, and must be from 1 to 4', example],
    ['auto', gitlab(5, 4), '`CI_NODE_INDEX` is `5`, and must be from 1 to 4', example],
    ['auto', gitlab(1, 0), '`CI_NODE_TOTAL` is `0`', example],
    ['auto', gitlab(1, 10_001), '`CI_NODE_TOTAL` is `10001`', example],
    ['auto', { ...circleAlone, CIRCLE_NODE_INDEX: '1' }, '`CIRCLE_NODE_INDEX` is `1`', example],
    ['auto/3', gitlab(1, 4), '`CI_NODE_TOTAL` is `4` and not 3', 'Give `--shard auto`'],
    ['auto', kubernetes, 'Kubernetes tells its jobs their `JOB_COMPLETION_INDEX`', '`--shard auto/4`'],
    ['auto/1', kubernetes, '`JOB_COMPLETION_INDEX` is `1`, and must be from 0 to 0', example],
    // `--array=1,5,9`: Slurm gives a step of 1 to each of these.
    ...[1, 5, 9].map((id): [string, Env, string, string] => [
      'auto',
      slurm(id, 3, 1, 9),
      'the 3 indices from `SLURM_ARRAY_TASK_MIN` 1 to `SLURM_ARRAY_TASK_MAX` 9 have gaps',
      '`sbatch --array=0-2`',
    ]),
    [
      'auto',
      slurm(3, 4, 0, 6, 2),
      '`SLURM_ARRAY_TASK_ID` is `3`, and must be from 0 to 6 in steps of 2',
      example,
    ],
    ['auto', slurm(0, 1, 0, 0, 0), '`SLURM_ARRAY_TASK_ID` is `0`', example],
    [
      'auto',
      { ...gitlab(1, 3), ...slurm(1, 4, 0, 3) },
      'this is shard 1/3 by `CI_NODE_INDEX` of GitLab and 2/4 by `SLURM_ARRAY_TASK_ID` of Slurm',
      '`--shard 1/3` or `--shard 2/4`',
    ],
    ['auto', { ...gitlab(2, 3), ...slurm(1, 4, 0, 3) }, 'this is shard 2/3 by', '`--shard 2/4`'],
    ['auto', { ...gitlab(1, 4), ...slurm(1, 4, 0, 3) }, '2/4 by `SLURM_ARRAY_TASK_ID`', '`--shard 2/4`'],
  ])('`%s` in %j', (given, env, message, hint) => {
    const refuse = () => readShard(given, env)
    expect(refuse).toThrow(DistillError)
    expect(refuse).toThrow(expect.objectContaining({ code: 'USAGE', exitCode: 2 }))
    expect(refuse).toThrow(`option \`--shard\` argument \`${given}\` `)
    expect(refuse).toThrow(message)
    expect(refuse).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }))
  })
})
