import { onTestFinished } from 'vitest'
import type { DistillResult } from '../../../src/render/distill.ts'
import { BuiltSite, type Outcome } from './built-site.ts'

/** What a page of {@link pagesSite} answers, and says of itself. */
interface Answer {
  text?: string
  /** Its cache key. */
  key?: string
  status?: number
  headers?: Record<string, string>
  /** Sent as a stream of two parts. */
  stream?: boolean
  throws?: boolean
  /** Waits until there is a file `go`. */
  waits?: boolean
}

/** The pages `/p/:slug`, by slug. */
export type Pages = Record<string, Answer>

const source = `import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { page } from 'vite-distill/app'
const pages = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
export const distillRoutes = [{
  route: '/p/:slug',
  distillStatus: [200, 301, 404],
  distillParams: () => Object.entries(pages).map(([slug, { key }]) => page({ slug }, { cacheKey: key })),
}]
export default async ({ url }) => {
  const { text = '', status = 200, headers, stream, throws, waits } = pages[new URL(url).pathname.split('/')[2]]
  if (throws) throw new Error('it throws')
  while (waits && !existsSync(new URL('../go', import.meta.url))) await setTimeout(5)
  const half = text.length / 2
  const body = stream ? ReadableStream.from([text.slice(0, half), text.slice(half)].map((part) => Buffer.from(part))) : text
  return new Response(body, { status, headers: { 'content-type': 'text/html', ...headers } })
}
`

/** A site of these pages, already distilled once. It is removed after the test. */
export async function pagesSite(
  pages: Pages,
  options: BuiltSite<Pages>['options'] = {},
): Promise<BuiltSite<Pages>> {
  const site = await BuiltSite.create(pages, source)
  onTestFinished(() => site.remove())
  site.options = options
  resultOf(await site.distill())
  return site
}

/** The result of a run that succeeds. */
export function resultOf(outcome: Outcome): DistillResult {
  if ('result' in outcome) return outcome.result
  throw new Error(`${outcome.code}: ${outcome.message}`)
}

/** By slug, why each page was rendered or kept. */
export const reasonsOf = (outcome: Outcome): Record<string, string> =>
  Object.fromEntries(
    resultOf(outcome)
      .reasons()
      .map(({ url, reason }) => [url.slice('/p/'.length), reason]),
  )
