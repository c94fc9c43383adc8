import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DistillError, messageOf } from '../errors.ts'
import { type BrokenLinkFact, LinksBrokenError, linkedFrom } from '../links/describe.ts'
import { count } from '../progress.ts'
import type { Change } from '../publish/change.ts'
import type { DistillResult } from '../render/distill.ts'
import { type FailedPage, PagesFailedError } from '../render/failures.ts'
import { summarize } from '../render/summary.ts'

/** What a command did, as CI shows it. It is made of the command's result, which `--json` prints. */
export interface Report {
  /** What was done, in the words of the terminal, the headline first. Empty after a failure without a result. */
  lines: readonly string[]
  /** Where visitors see it. */
  url?: string | undefined
  /** The keys that were changed or, in a dry run, would be. */
  changes?: readonly Change[]
  notices?: readonly string[]
  warnings?: readonly string[]
  /** Why the command failed. */
  failure?: Failure | undefined
}

/** The report of a build. */
export const distilledReport = (result: DistillResult, root: string): Report => ({
  lines: summarize(result, root).split('\n'),
  notices: result.notices,
  warnings: result.warnings,
})

/** Why a command failed. */
export interface Failure {
  /** A code of docs/errors.md, or `UNEXPECTED`. */
  code: string
  message: string
  hint?: string | undefined
  /** The mistakes that it is made of, where they can be told apart: a page, a link. */
  findings?: readonly Finding[]
}

/** One mistake. */
export interface Finding {
  message: string
  /** The source file that it is in, absolute; undefined if not known. */
  file?: string
  /** The place in that file, from 1. */
  line?: number
  column?: number
}

/**
 * What an error says, with a finding for each cause of failed pages and for each broken link.
 * @param root The folder that paths in stacks start from
 */
export function failureOf(error: unknown, root: string): Failure {
  const { code, hint } = error instanceof DistillError ? error : unexpected
  return { code, message: messageOf(error), hint, findings: findingsOf(error, root) }
}

const unexpected = {
  code: 'UNEXPECTED',
  hint: 'This is a fault of vite-distill. Please report it, with what `--logLevel info` prints.',
}

function findingsOf(error: unknown, root: string): Finding[] {
  if (error instanceof PagesFailedError) return pageFindings(error.pages, root)
  if (error instanceof LinksBrokenError)
    return error.links.filter(({ level }) => level === 'error').map((link) => ({ message: brokenLine(link) }))
  return []
}

/** A broken link in one line. */
export const brokenLine = ({ url, why, referrers }: BrokenLinkFact): string =>
  `\`${url}\` leads nowhere (${why}), ${linkedFrom(referrers)}`

function pageFindings(pages: readonly FailedPage[], root: string): Finding[] {
  const groups = new Map<string, { urls: string[]; message: string; place: Omit<Finding, 'message'> }>()
  for (const { url, message, stack = '' } of pages) {
    const frame = stack.split('\n', 1)[0]!
    const key = `${message}\n${frame}`
    const group = groups.get(key)
    if (group) group.urls.push(url)
    else groups.set(key, { urls: [url], message, place: placeOf(frame, root) })
  }
  return [...groups.values()].map(({ urls, message, place }) => {
    const more = urls.length > 1 ? ` and ${count(urls.length - 1, 'more page')}` : ''
    return { message: `\`${urls[0]}\`${more}: ${message}`, ...place }
  })
}

/** The file and the position that a frame of a stack names: `    at render (src/pages/home.ts:3:9)`. */
function placeOf(frame: string, root: string): Omit<Finding, 'message'> {
  const [, path, line, column] = /^\s*at (?:.*? \()?(?:async )?(.+?):(\d+):(\d+)\)?$/.exec(frame) ?? []
  if (path === undefined) return {}
  try {
    const file = path.startsWith('file:') ? fileURLToPath(path) : resolve(root, path)
    return existsSync(file) ? { file, line: Number(line), column: Number(column) } : {}
  } catch {
    return {}
  }
}
