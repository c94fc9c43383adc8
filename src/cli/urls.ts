import { printable } from '../errors.ts'
import { listUrls } from '../render/urls.ts'
import { builtApp } from './built-app.ts'
import { print, printJson, say } from './output.ts'
import type { Session } from './session.ts'

/** `vite-distill urls`. Resolves to the exit code. */
export async function urlsCommand(session: Session): Promise<number> {
  const { json, quiet, redact } = session
  const { urls, notices, warnings } = await listUrls(await builtApp(session))
  if (!quiet) say(notices)
  say(warnings)
  if (json) printJson(urls, redact)
  else print(urls.map(({ url, file }) => printable(`${url}  ${file}`)))
  return 0
}
