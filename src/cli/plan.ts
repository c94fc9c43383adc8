import { relative } from 'node:path'
import { count, number } from '../progress.ts'
import { planPages } from '../render/shards/plan.ts'
import { bundle } from '../vite/bundle.ts'
import { builtApp } from './built-app.ts'
import { print, printJson, say } from './output.ts'
import type { Session } from './session.ts'

export interface PlanFlags {
  /** Bundles the app. Default: true. */
  build: boolean
  /** Keeps no page of the last build. */
  force?: boolean
}

/** `vite-distill plan`. Resolves to the exit code. */
export async function planCommand(session: Session, { build, force }: PlanFlags): Promise<number> {
  const { json, quiet, redact, flags, nodeEnv } = session
  if (build) await bundle({ ...flags, logLevel: flags.logLevel ?? (quiet ? 'warn' : 'info'), nodeEnv })
  const app = await builtApp(session, 'Run `vite-distill plan` without `--no-build`, or `vite build`.')
  const result = await planPages({ ...app, force })
  if (!quiet) say(result.notices)
  say(result.warnings)
  if (json) printJson(result, redact)
  else if (!quiet) {
    const { pages, kept, audited, renderedAll } = result
    const rest = `, ${number(kept)} kept (${number(audited)} of them audited)`
    print([
      `planned ${count(pages, 'page')} in \`${relative(app.options.root, result.planFile)}\`: ${number(pages - kept)} to render${kept > 0 ? rest : ''}`,
      ...(renderedAll === undefined ? [] : [`  all are rendered: ${renderedAll}`]),
    ])
  }
  return 0
}
