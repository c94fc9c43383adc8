import { checkLinks } from '../links/check.ts'
import { describeBrokenExternal, externalNotices } from '../links/external/describe-external.ts'
import { LinksBrokenError, describeBroken, linkNotices } from '../links/describe.ts'
import type { ExternalFacts } from '../links/external/check-external.ts'
import { count } from '../progress.ts'
import { readRecord } from '../render/cache/record.ts'
import { print, printJson, say, tellFailedResult } from './output.ts'
import type { Session } from './session.ts'

export interface CheckFlags {
  external?: boolean
}

/** `vite-distill check`. Resolves to the exit code, which depends on the site's own links only. */
export async function checkCommand(session: Session, { external: asks }: CheckFlags): Promise<number> {
  const { options, json, quiet, redact } = session
  const { pages, ...facts } = await checkLinks(options, {
    external: asks === true,
    quiet,
    async *recorded(builtAt) {
      const record = await readRecord(options.cacheFile, builtAt, options.addresses)
      if (record) yield* record.pages()
    },
  })
  const { links, broken, external, remote } = facts
  if (remote)
    say([
      `${count(remote.pages, 'page')} of the site are not here but only in \`${remote.target}\`: their links are those that the build read${external ? ', and those to other sites were not asked' : ''}`,
    ])
  if (!quiet) say([...linkNotices(facts), ...(external ? externalNotices(external) : [])].map(redact))
  if (json) printJson({ pages, ...facts }, redact)
  else if (!quiet && broken.length === 0)
    print([`all ${count(links, 'link')} of ${count(pages, 'page')} lead somewhere`])
  if (external) tellExternal(external, session)
  if (broken.some(({ level }) => level === 'error'))
    return tellFailedResult(new LinksBrokenError(broken), session)
  if (broken.length > 0) say([redact(describeBroken(broken))])
  return 0
}

function tellExternal({ addresses, broken, refused }: ExternalFacts, { quiet, json, redact }: Session): void {
  if (broken.length > 0) say([redact(describeBrokenExternal(broken))])
  else if (!quiet && !json && refused.length === 0)
    print([`all ${count(addresses, 'URL')} of other sites answer`])
}
