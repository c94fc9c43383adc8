import { relative } from 'node:path'
import { distilledReport } from '../ci/report.ts'
import { tellCi } from '../ci/tell.ts'
import { bytes, count, duration } from '../progress.ts'
import { type DistillResult, distill } from '../render/distill.ts'
import { renderShard } from '../render/shards/render-shard.ts'
import { summarize } from '../render/summary.ts'
import type { BuiltApp } from '../render/worker/app-thread.ts'
import { publishedSite } from '../vite/published.ts'
import { builtApp, plannedApp } from './built-app.ts'
import { print, printJson, say } from './output.ts'
import type { Session } from './session.ts'
import { readShard } from './shard.ts'

export interface RenderFlags {
  /** Globs of the URLs to render. Default: all. */
  only?: string[]
  /** Renders twice and compares. */
  verify?: boolean
  /** Renders also the pages that would be kept. */
  force?: boolean
  /** Renders a part of the plan. */
  shard?: string
}

/** `vite-distill render`. Resolves to the exit code. */
export async function renderCommand(session: Session, { shard, ...flags }: RenderFlags): Promise<number> {
  if (shard !== undefined) return shardCommand(session, shard)
  const app = await builtApp(session)
  return tellDistilled(
    await distill({ ...app, ...flags, published: publishedSite(app.options) }),
    app,
    session,
  )
}

/** Prints what was distilled. Returns the exit code. */
export function tellDistilled(result: DistillResult, { options }: BuiltApp, session: Session): number {
  const { json, quiet, redact } = session
  if (!quiet) say(result.notices)
  say(result.warnings)
  if (json) printJson({ ...result, reasons: result.reasons() }, redact)
  else if (!quiet) print([summarize(result, options.root)])
  tellCi(distilledReport(result, options.root), session)
  return 0
}

async function shardCommand(session: Session, given: string): Promise<number> {
  const { json, quiet, redact } = session
  const shard = readShard(given, process.env)
  const app = await plannedApp(session)
  const result = await renderShard({ ...app, shard })
  if (json) printJson(result, redact)
  else if (!quiet) {
    const { pages, file, ms, unmodified, dropped } = result
    const others = [`${unmodified} unmodified`, `${dropped} dropped`].filter((text) => !text.startsWith('0 '))
    print([
      `rendered shard ${shard.index} of ${shard.of}: ${[count(pages, 'page'), ...others].join(', ')} (${bytes(result.bytes)}) to \`${relative(app.options.root, file)}\` in ${duration(ms)}`,
    ])
  }
  return 0
}
