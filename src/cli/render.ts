import { requireBuild } from '../build-record.ts'
import { distill } from '../render/distill.ts'
import { summarize } from '../render/summary.ts'
import { appEnv } from '../vite/app-env.ts'
import { print, printJson, say } from './output.ts'
import type { Session } from './session.ts'

export interface RenderFlags {
  /** Globs of the URLs to render. Default: all. */
  only?: string[]
  /** Renders twice and compares. */
  verify?: boolean
}

/** `vite-distill render`. Resolves to the exit code. */
export async function renderCommand(
  { options, mode, json, quiet, redact }: Session,
  { only, verify }: RenderFlags,
): Promise<number> {
  const result = await distill({
    options,
    build: requireBuild(options),
    env: appEnv(mode, options.root),
    quiet,
    only,
    verify,
  })
  if (!quiet) say(result.notices)
  say(result.warnings)
  if (json) printJson(result, redact)
  else if (!quiet) print([summarize(result, options.root)])
  return 0
}
