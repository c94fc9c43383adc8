import { requireBuild } from '../build-record.ts'
import { distill } from '../render/distill.ts'
import { appEnv } from '../vite/app-env.ts'
import { summarize } from '../render/summary.ts'
import { listUrls } from '../render/urls.ts'
import { print, printJson, say } from './output.ts'
import type { GlobalFlags, Session } from './session.ts'

export interface RenderCommandFlags extends GlobalFlags {
  only?: string | string[]
}

/** `vite-distill render`. Resolves to the code to exit with. */
export async function renderCommand(session: Session, { only }: RenderCommandFlags): Promise<number> {
  const options = await session.loadOptions()
  const result = await distill({
    options,
    build: requireBuild(options),
    env: appEnv(session.mode, options.root),
    quiet: session.quiet,
    only: only === undefined ? undefined : [only].flat(),
  })
  if (!session.quiet) say(result.notices)
  say(result.warnings)
  if (session.json) printJson(result)
  else if (!session.quiet) print([summarize(result, options.root)])
  return 0
}

/** `vite-distill urls`. Resolves to the code to exit with. */
export async function urlsCommand(session: Session): Promise<number> {
  const options = await session.loadOptions()
  const { urls, notices } = await listUrls(options, appEnv(session.mode, options.root))
  if (!session.quiet) say(notices)
  if (session.json) printJson(urls)
  else print(urls.map(({ url, file }) => `${url}  ${file}`))
  return 0
}
