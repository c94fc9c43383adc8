import type { BuildReport, DevReport, ReportData } from '../../src/report/data.ts'

/** A view in the navigation. */
export interface View {
  id: string
  title: string
  /** What it has to show; undefined where a number says nothing. */
  count?: number
  /** Whether the count is one of errors. */
  isBad?: boolean
}

/** The views of a report. The first is shown where the address names none. */
export const viewsOf = (data: ReportData): View[] =>
  data.kind === 'build' ? buildViews(data) : devViews(data)

function buildViews({ files, omitted = 0, links, changes, plan }: BuildReport): View[] {
  const broken = links?.broken.length ?? 0
  return [
    { id: 'overview', title: 'Overview' },
    { id: 'files', title: 'Files', count: files.length + omitted },
    { id: 'sizes', title: 'Sizes' },
    { id: 'time', title: 'Time' },
    { id: 'links', title: 'Links', ...(broken > 0 && { count: broken, isBad: true }) },
    { id: 'changes', title: 'Changes', count: changes.new + changes.changed + changes.removed },
    ...(plan
      ? [{ id: 'plan', title: 'Plan', count: plan.changes.length, isBad: plan.refused !== undefined }]
      : []),
  ]
}

function devViews({ routes, pages, redirects, errors, warnings }: DevReport): View[] {
  return [
    { id: 'routes', title: 'Routes', count: routes.length },
    { id: 'pages', title: 'Pages', count: pages.length },
    { id: 'redirects', title: 'Redirects', count: redirects.length },
    { id: 'errors', title: 'Errors', count: errors.length || warnings.length, isBad: errors.length > 0 },
  ]
}
