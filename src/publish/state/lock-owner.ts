import { hostname, userInfo } from 'node:os'

/** Who publishes, as a lock names it: the address of a CI job, or a user, machine and process. */
export function lockOwner(env: NodeJS.ProcessEnv = process.env): string {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, CI_JOB_URL, BUILD_URL } = env
  if (GITHUB_REPOSITORY && GITHUB_RUN_ID)
    return `${GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
  return CI_JOB_URL ?? BUILD_URL ?? `${userName()}@${hostname()}, process ${process.pid}`
}

/** The user of a container may have a number and no name: then `userInfo` throws. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'somebody')
  }
}
