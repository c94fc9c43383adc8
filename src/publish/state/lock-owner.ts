import { hostname, userInfo } from 'node:os'

/**
 * Who publishes, as a lock names it: the address of a CI job, or a user, machine and process. The bucket may be
 * public, and the address of a CI job may hold a token.
 */
export function lockOwner(env: NodeJS.ProcessEnv = process.env): string {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, CI_JOB_URL, BUILD_URL } = env
  const job =
    GITHUB_REPOSITORY && GITHUB_RUN_ID
      ? `${GITHUB_SERVER_URL || 'https://github.com'}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
      : CI_JOB_URL || BUILD_URL
  return publicAddress(job) ?? `${userName()}@${hostname()}, process ${process.pid}`
}

/** A web address without user name, password, query and fragment. Undefined for anything else. */
function publicAddress(address = ''): string | undefined {
  if (!URL.canParse(address)) return undefined
  const { protocol, host, pathname } = new URL(address)
  return /^https?:$/.test(protocol) ? `${protocol}//${host}${pathname}` : undefined
}

/** The user of a container may have a number and no name: then `userInfo` throws. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'somebody')
  }
}
