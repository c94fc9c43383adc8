import { htmlType } from '../content-type.ts'
import { DistillError, listProblems, messageOf } from '../errors.ts'
import type { Redirects, ResolvedOptions } from '../options.ts'
import { checkFile, fileOf } from '../routes/output-file.ts'
import type { GeneratedFile } from './manifest-entry.ts'
import { redirectPage } from './redirect-page.ts'
import { LateError, inTime, tellWaiting } from './waiting.ts'

/** A redirect of the option `redirects`, and the file that it becomes. */
export interface ResolvedRedirect {
  /** The old URL as the user wrote it, without `base`. */
  from: string
  key: string
  /** With `base`. */
  to: string
  status: number
}

/** The file of a redirect. */
export const redirectFile = ({ key, to, status }: ResolvedRedirect): GeneratedFile => ({
  key,
  kind: 'redirect',
  status,
  headers: { 'content-type': htmlType },
  redirect: { to, status },
  bytes: redirectPage(to),
})

/**
 * Reads the option `redirects`; if it is a function, calls it.
 * @param settings.quiet Says nothing while it waits for the function. Default: false.
 * @throws {DistillError} `OPTION_INVALID`, with the problem of each entry, or if it takes longer than `timeout`
 */
export async function resolveRedirects(
  { redirects, base, layout, timeout }: ResolvedOptions,
  { quiet = false }: { quiet?: boolean } = {},
): Promise<ResolvedRedirect[]> {
  const what = 'the option `redirects`'
  const tell = () => quiet || tellWaiting(what)
  let given: Redirects
  try {
    given = await inTime(redirects(), { what, code: 'OPTION_INVALID', timeout, tell })
  } catch (cause) {
    if (cause instanceof LateError) throw cause
    throw new DistillError('OPTION_INVALID', `\`redirects\` threw: ${messageOf(cause)}`, { cause })
  }
  if (typeof given !== 'object' || given === null) {
    throw new DistillError('OPTION_INVALID', `\`redirects\` gave \`${String(given)}\``, {
      hint: "It must return a map: `{ '/old': '/new' }`.",
    })
  }
  const problems: string[] = []
  const resolved: ResolvedRedirect[] = []
  for (const [from, target] of Object.entries(given)) {
    try {
      const { to, status = 301 } = typeof target === 'string' ? { to: target } : target
      resolved.push({ from, key: keyOf(from, layout), to: targetOf(to, base), status: checkStatus(status) })
    } catch (error) {
      problems.push(`\`${from}\`: ${messageOf(error)}`)
    }
  }
  if (problems.length === 0) return resolved
  throw new DistillError('OPTION_INVALID', listProblems('`redirects` has invalid entries:', problems))
}

function keyOf(from: string, layout: ResolvedOptions['layout']): string {
  if (!from.startsWith('/') || from.startsWith('//'))
    throw new Error('an old URL is a path, which starts with `/`')
  const { pathname, search, hash } = new URL(from, 'http://localhost')
  if (search || hash) throw new Error(`it has a ${search ? 'query' : 'fragment'}, which a file cannot have`)
  const key = fileOf(pathname, layout)
  checkFile(key)
  return key
}

function targetOf(to: unknown, base: string): string {
  if (typeof to !== 'string' || to === '')
    throw new Error(`it leads to \`${String(to)}\`, which is not a URL`)
  if (/^\/(?!\/)/.test(to)) return to.startsWith(base) ? to : base + to.slice(1)
  if (URL.canParse(to) && /^https?:$/.test(new URL(to).protocol)) return to
  throw new Error(`it leads to \`${to}\`; that must be a path or an \`https://\` address`)
}

function checkStatus(status: unknown): number {
  if ([301, 302, 303, 307, 308].includes(status as number)) return status as number
  throw new Error(`its status is \`${String(status)}\`; it may be 301, 302, 303, 307 or 308`)
}

/**
 * Follows each redirect to its end.
 * @param redirects Those of the options
 * @param pageRedirects Pages that answered a redirect, by key: where each leads, and its URL
 * @returns A warning for each chain of several redirects
 * @throws {DistillError} `REDIRECT_LOOP`, with each loop
 */
export function checkChains(
  redirects: readonly ResolvedRedirect[],
  pageRedirects: ReadonlyMap<string, { to: string; name: string }>,
  { base, layout, origin }: ResolvedOptions,
): string[] {
  const byKey = new Map([
    ...redirects.map(({ key, from, to }) => [key, { to, name: from }] as const),
    ...pageRedirects,
  ])
  const warnings: string[] = []
  const loops = new Set<string>()
  const next = (to: string) => {
    if (!URL.canParse(to, origin)) return undefined
    const url = new URL(to, origin)
    if (url.origin !== origin || !url.pathname.startsWith(base)) return undefined
    try {
      return byKey.get(fileOf(`/${url.pathname.slice(base.length)}`, layout))
    } catch {
      return undefined
    }
  }
  for (const first of byKey.values()) {
    const seen = [first]
    for (let at = next(first.to); at; at = next(at.to)) {
      if (seen.includes(at)) {
        const loop = seen.slice(seen.indexOf(at)).map(({ name }) => name)
        // Each redirect of a loop finds it: start all of them at the same one, so that the set holds it once.
        const from = loop.indexOf(loop.toSorted()[0]!)
        loops.add(
          [...loop.slice(from), ...loop.slice(0, from), loop[from]].map((name) => `\`${name}\``).join(' → '),
        )
        break
      }
      seen.push(at)
    }
    if (seen.length > 1 && loops.size === 0) {
      warnings.push(
        `redirect ${seen.map(({ name }) => `\`${name}\``).join(' → ')} → \`${seen.at(-1)!.to}\`: redirect the first directly to the last`,
      )
    }
  }
  // Pages come in any order.
  if (loops.size === 0) return warnings.sort()
  throw new DistillError(
    'REDIRECT_LOOP',
    `redirects lead back to themselves:\n${[...loops]
      .sort()
      .map((loop) => `  ${loop}`)
      .join('\n')}`,
  )
}
