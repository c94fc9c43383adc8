import { DistillError, messageOf } from '../errors.ts'
import { compareKeys } from '../keys.ts'
import type { LinkReport } from '../links/audit.ts'
import type { ReportFailure, ReportLinks } from '../report/data.ts'
import { PagesFailedError } from './failures.ts'
import { mostFiles } from './report-rows.ts'

/** The most that a report lists of what one mistake in a layout makes of every page. */
const most = { pages: 1000, referrers: 1000 }

/** Why a build failed. */
export function failureOf(error: unknown): ReportFailure {
  const { code, hint } = error instanceof DistillError ? error : { code: 'UNEXPECTED', hint: undefined }
  const failed = error instanceof PagesFailedError ? error.pages.slice(0, most.pages) : undefined
  return {
    code,
    message: messageOf(error),
    hint,
    pages: failed?.map(({ url, route, message, stack, referrers = [] }) => ({
      url,
      route,
      message,
      stack,
      referrers: referrers.slice(0, most.referrers),
    })),
  }
}

/**
 * What the audit found. Sorted: the order in which pages are rendered changes from build to build.
 * @param omitted How many links no row has
 */
export function linksOf({ links, broken, redirected, unlinked }: LinkReport, omitted = 0): ReportLinks {
  const withFew = <T extends { referrers: string[] }>(found: readonly T[]): T[] =>
    found.map((link) => ({
      ...link,
      referrers: link.referrers.toSorted(compareKeys).slice(0, most.referrers),
    }))
  return {
    count: links,
    omitted: omitted || undefined,
    broken: withFew(broken),
    redirected: withFew(redirected),
    unlinked: unlinked.toSorted(compareKeys).slice(0, mostFiles),
  }
}
