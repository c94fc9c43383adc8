import type { ReportFile } from '../../../src/report/data.ts'

/** What the build made of a route. */
export interface RouteSummary {
  route: string
  pages: number
  rendered: number
  bytes: number
  /** Milliseconds of rendering, all together; undefined where none is known. */
  ms: number | undefined
}

/** The routes with the most pages first. */
export function summarizeRoutes(files: readonly ReportFile[]): RouteSummary[] {
  const routes = new Map<string, RouteSummary>()
  for (const { route, action, size, ms } of files) {
    if (route === undefined) continue
    let summary = routes.get(route)
    if (!summary) routes.set(route, (summary = { route, pages: 0, rendered: 0, bytes: 0, ms: undefined }))
    summary.pages++
    summary.bytes += size
    if (action === 'rendered') summary.rendered++
    if (ms !== undefined) summary.ms = (summary.ms ?? 0) + ms
  }
  return [...routes.values()].sort((a, b) => b.pages - a.pages || (a.route < b.route ? -1 : 1))
}

/** How many pages were rendered, and how many were kept. */
export function countActions(files: readonly ReportFile[]): { rendered: number; kept: number } {
  const counts = { rendered: 0, kept: 0 }
  for (const { action } of files)
    if (action === 'rendered') counts.rendered++
    else if (action !== undefined) counts.kept++
  return counts
}

/** The files with the largest values, the largest first. What has no value is left out. */
export function largest(
  files: readonly ReportFile[],
  valueOf: (file: ReportFile) => number | undefined,
  limit: number,
): ReportFile[] {
  const top: { file: ReportFile; value: number }[] = []
  for (const file of files) {
    const value = valueOf(file)
    if (!value || (top.length === limit && value <= top[limit - 1]!.value)) continue
    const at = top.findIndex((other) => other.value < value)
    top.splice(at === -1 ? top.length : at, 0, { file, value })
    top.length = Math.min(top.length, limit)
  }
  return top.map(({ file }) => file)
}
