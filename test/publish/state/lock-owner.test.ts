import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { lockOwner } from '../../../src/publish/state/lock-owner.ts'

const thisProcess = expect.stringContaining(`@${hostname()}, process ${process.pid}`) as string
const github = { GITHUB_REPOSITORY: 'me/blog', GITHUB_RUN_ID: '7' }

test.each<[env: Record<string, string>, owner: string]>([
  [{ BUILD_URL: 'https://jenkins.example:8443/job/site/7/' }, 'https://jenkins.example:8443/job/site/7/'],
  [{ CI_JOB_URL: 'https://gitlab.example/me/blog/-/jobs/7' }, 'https://gitlab.example/me/blog/-/jobs/7'],
  [github, 'https://github.com/me/blog/actions/runs/7'],
  [{ ...github, GITHUB_SERVER_URL: 'https://ghe.example' }, 'https://ghe.example/me/blog/actions/runs/7'],
  // Secrets
  [{ BUILD_URL: 'https://me:hidden@jenkins.example/job/7/' }, 'https://jenkins.example/job/7/'],
  [
    { CI_JOB_URL: 'https://hidden@gitlab.example/jobs/7?job_token=hidden#hidden' },
    'https://gitlab.example/jobs/7',
  ],
  [
    { ...github, GITHUB_SERVER_URL: 'https://hidden@ghe.example' },
    'https://ghe.example/me/blog/actions/runs/7',
  ],
  [{ BUILD_URL: 'me:hidden@jenkins.example/job/7/' }, thisProcess],
  // No address
  [{ CI_JOB_URL: '', BUILD_URL: 'http://jenkins.example/7' }, 'http://jenkins.example/7'],
  [{ BUILD_URL: 'build 7' }, thisProcess],
  [{}, thisProcess],
])('%o publishes as %s', (env, owner) => {
  expect(lockOwner(env)).toEqual(owner)
})
