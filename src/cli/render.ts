import { distill } from '../render/distill.ts'
import { summarize } from '../render/summary.ts'
import { builtApp } from './built-app.ts'
import { print, printJson, say } from './output.ts'
import type { Session } from './session.ts'

export interface RenderFlags {
  /** Globs of the URLs to render. Default: all. */
  only?: string[]
  /** Renders twice and compares. */
  verify?: boolean
  /** Renders also the pages that would be kept. */
  force?: boolean
}

/** `vite-distill render`. Resolves to the exit code. */
export async function renderCommand(session: Session, { only, verify, force }: RenderFlags): Promise<number> {
  const { json, quiet, redact } = session
  const app = await builtApp(session)
  const result = await distill({ ...app, only, verify, force })
  if (!quiet) say(result.notices)
  say(result.warnings)
  if (json) printJson({ ...result, reasons: result.reasons() }, redact)
  else if (!quiet) print([summarize(result, app.options.root)])
  return 0
}
