import { brokenLine, failureOf } from '../ci/report.ts'
import { tellCi } from '../ci/tell.ts'
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
  const notices = [...linkNotices(facts), ...(external ? externalNotices(external) : [])]
  const lines =
    broken.length === 0 ? [`all ${count(links, 'link')} of ${count(pages, 'page')} lead somewhere`] : []
  if (!quiet) say(notices.map(redact))
  if (json) printJson({ pages, ...facts }, redact)
  else if (!quiet && lines.length > 0) print(lines)
  if (external) tellExternal(external, session)
  const warnings = [
    ...broken.filter(({ level }) => level === 'warn').map(brokenLine),
    ...(external?.broken.length ? [describeBrokenExternal(external.broken)] : []),
  ]
  const error = broken.some(({ level }) => level === 'error') ? new LinksBrokenError(broken) : undefined
  if (!error && broken.length > 0) say([redact(describeBroken(broken))])
  const exitCode = error ? tellFailedResult(error, session) : 0
  tellCi({ lines, notices, warnings, failure: error && failureOf(error, options.root) }, session)
  return exitCode
}

function tellExternal({ addresses, broken, refused }: ExternalFacts, { quiet, json, redact }: Session): void {
  if (broken.length > 0) say([redact(describeBrokenExternal(broken))])
  else if (!quiet && !json && refused.length === 0)
    print([`all ${count(addresses, 'URL')} of other sites answer`])
}
