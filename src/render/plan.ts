import type { DistillRoute } from '../app/routes.ts'
import { DistillError, messageOf } from '../errors.ts'
import type { Layout } from '../options.ts'
import { checkFile, fileOf, fillFile } from './file.ts'
import type { Page, Plan } from './messages.ts'
import { type PageParams, pageParams } from './params.ts'
import { type Pattern, fillPattern, nameParams, parsePattern } from './pattern.ts'

/** How many problems one error lists; the rest is counted. */
const shown = 20

/**
 * Enumerates the pages of all routes and names their files, without rendering.
 * @throws {DistillError} `PARAMS_INVALID`, with every problem of every route
 */
export async function plan(routes: readonly DistillRoute[], layout: Layout): Promise<Plan> {
  const planned: Plan = { routes: [], pages: [], notices: [] }
  const problems: string[] = []
  let first: unknown
  for (const route of routes) {
    const before = planned.pages.length
    try {
      const pattern = parsePattern(route.route)
      const status = acceptedStatus(route)
      for await (const params of elements(route, pattern)) {
        try {
          planned.pages.push(planPage(route, pattern, params, planned.routes.length, layout))
        } catch (error) {
          problems.push(`route \`${route.route}\`, ${describe(params)}: ${messageOf(error)}`)
        }
      }
      if (planned.pages.length === before)
        planned.notices.push(
          `route \`${route.route}\` has no pages: its \`distillParams\` gave an empty list`,
        )
      planned.routes.push({ route: route.route, status })
    } catch (error) {
      first ??= error
      problems.push(`route \`${route.route}\`: ${messageOf(error)}`)
    }
  }
  if (problems.length === 0) return planned
  const rest = problems.length - shown
  throw new DistillError(
    'PARAMS_INVALID',
    problems.length === 1
      ? `cannot plan the pages of ${problems[0]}`
      : `cannot plan the pages: ${problems.length} problems\n${problems
          .slice(0, shown)
          .map((problem) => `  ${problem}`)
          .join('\n')}${rest > 0 ? `\n  and ${rest} more` : ''}`,
    { cause: first },
  )
}

async function* elements(
  { route, distillParams }: DistillRoute,
  pattern: Pattern,
): AsyncGenerator<PageParams, void, undefined> {
  if (distillParams !== undefined) {
    yield* pageParams(route, distillParams)
  } else if (pattern.params.some((param) => !param.optional)) {
    throw new Error(
      '`distill` is for routes without params; export `distillParams` to say which pages there are',
    )
  } else {
    yield { kind: 'none' }
  }
}

function planPage(
  route: DistillRoute,
  pattern: Pattern,
  given: PageParams,
  index: number,
  layout: Layout,
): Page {
  const params =
    given.kind === 'named'
      ? given.params
      : given.kind === 'positional'
        ? nameParams(pattern, given.values)
        : {}
  const url = given.kind === 'url' ? matchUrl(pattern, given.url) : fillPattern(pattern, params)
  const used = Object.entries({
    ...params,
    ...(given.kind === 'url' ? pattern.matches.exec(url)?.groups : {}),
  })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(
      ([name, value]) =>
        [name, given.kind === 'url' ? decodeURIComponent(String(value)) : String(value)] as const,
    )
  const strings = Object.fromEntries(used)
  const key = keyOf(route, url, strings, layout)
  checkFile(key)
  return used.length > 0 ? { url, key, route: index, params: strings } : { url, key, route: index }
}

function matchUrl(pattern: Pattern, given: string): string {
  const { pathname, search, hash } = new URL(given, 'http://localhost')
  if (search || hash)
    throw new Error(`\`${given}\` has a ${search ? 'query' : 'fragment'}, which a file cannot have`)
  if (!pattern.matches.test(pathname)) throw new Error(`\`${given}\` does not match the route`)
  return pathname
}

function keyOf(
  { distillFile }: DistillRoute,
  url: string,
  params: Record<string, string>,
  layout: Layout,
): string {
  if (distillFile === undefined) return fileOf(url, layout)
  const file = typeof distillFile === 'function' ? distillFile(params) : fillFile(distillFile, params)
  if (typeof file !== 'string')
    throw new TypeError(`\`distillFile\` returned a ${typeof file}; it must return a string`)
  return file.replace(/^\//, '')
}

function acceptedStatus({ distillStatus = 200 }: DistillRoute): number[] {
  const accepted = [distillStatus].flat()
  for (const status of accepted) {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError(
        `\`distillStatus\` is \`${String(status)}\`; it must be a status code from 200 to 599, or a list of them`,
      )
    }
  }
  return accepted
}

function describe(params: PageParams): string {
  switch (params.kind) {
    case 'none':
      return 'the page without params'
    case 'url':
      return `page \`${params.url}\``
    case 'named':
    case 'positional': {
      const value = params.kind === 'named' ? params.params : params.values
      return `params \`${JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))}\``
    }
  }
}
