import { checkLinks } from '../links/check.ts'
import { LinksBrokenError, describeBroken, linkNotices } from '../links/describe.ts'
import { count } from '../progress.ts'
import { print, printJson, say, tellFailedResult } from './output.ts'
import type { Session } from './session.ts'

/** `vite-distill check`. Resolves to the exit code. */
export async function checkCommand(session: Session): Promise<number> {
  const { options, json, quiet, redact } = session
  const { pages, ...facts } = await checkLinks(options)
  const { links, broken } = facts
  if (!quiet) say(linkNotices(facts).map(redact))
  if (json) printJson({ pages, ...facts }, redact)
  else if (!quiet && broken.length === 0)
    print([`all ${count(links, 'link')} of ${count(pages, 'page')} lead somewhere`])
  if (broken.some(({ level }) => level === 'error'))
    return tellFailedResult(new LinksBrokenError(broken), session)
  if (broken.length > 0) say([redact(describeBroken(broken))])
  return 0
}
