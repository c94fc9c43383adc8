import type { BrokenLink, RedirectedLink } from '../links/audit.ts'
import type { ManifestFile } from '../manifest.ts'

/** What the report page shows, and `vite-distill report --json` prints. */
export type ReportData = BuildReport | DevReport

/** A build: `<outDir>.report.html` has it. */
export interface BuildReport {
  version: 1
  kind: 'build'
  siteId: string
  /** Vite's `base`. */
  base: string
  /** The option `origin`. */
  origin?: string
  /** When the build ended, ISO 8601. */
  createdAt: string
  /** The folder of the site, relative to Vite's root. */
  outDir: string
  /** Milliseconds of the whole, and of rendering. */
  ms: number
  renderMs: number
  /** How many threads rendered pages. */
  threads: number
  /** How many shards were merged. */
  shards?: number
  counts: { pages: number; redirects: number; assets: number; bytes: number }
  /** What became of the files of the last build. */
  changes: { new: number; changed: number; unchanged: number; removed: number }
  /** Why no page could be kept, if there are any that could be. */
  renderedAll?: string
  /** Sorted by key. Of a failed build, those that were known by then. */
  files: ReportFile[]
  /** How many more files there are than `files` lists. Absent if it lists all. */
  omitted?: number
  /** Keys that the last build had and this one has not. */
  removed: string[]
  /** Absent with `links: false`. */
  links?: ReportLinks
  notices: string[]
  warnings: string[]
  /** Why the build failed: the site is that of an earlier build. */
  failure?: ReportFailure
  /** What a publish would do; only where `vite-distill report` was given a target. */
  plan?: ReportPlan
}

/** A file of the site. */
export interface ReportFile extends Pick<
  ManifestFile,
  | 'key'
  | 'url'
  | 'kind'
  | 'size'
  | 'hashed'
  | 'emitted'
  | 'status'
  | 'headers'
  | 'redirect'
  | 'route'
  | 'remote'
> {
  /** Compared with the last build. */
  change: 'new' | 'changed' | 'unchanged'
  /** Of a page: whether it was rendered, and why. */
  action?: 'rendered' | 'kept' | 'remote'
  reason?: string
  /** Milliseconds that rendering it took. */
  ms?: number
  /** When that began, in milliseconds since rendering began. */
  at?: number
  /** The thread that rendered it, from 0 on. */
  thread?: number
  warnings?: string[]
  /** The files that it links to, as indexes of `files`. Each once. */
  links?: number[]
}

export interface ReportLinks {
  /** How many links there are, each once for each file that it is in. */
  count: number
  /** How many links of the listed files are left out, because there are more than a million. */
  omitted?: number
  /** Referrers are keys, at most 1,000 of each. */
  broken: BrokenLink[]
  redirected: RedirectedLink[]
  /** Keys of the pages that no other page links to. */
  unlinked: string[]
}

export interface ReportFailure {
  /** The error's code: `PAGES_FAILED`. */
  code: string
  message: string
  hint?: string
  /** The pages that failed, at most 1,000. */
  pages?: FailedPage[]
}

interface FailedPage {
  url: string
  route: string
  message: string
  stack?: string
  /** URLs of pages that link to it, at most 1,000. */
  referrers: string[]
}

/** What publishing would do. */
export interface ReportPlan {
  /** The name of the target. */
  target: string
  /** What it stands for: `s3://www.example.com/blog/`. */
  to: string
  publicUrl?: string
  counts: Record<'upload' | 'update' | 'headers' | 'keep' | 'delete', number>
  /** Bytes that would be uploaded. */
  bytes: number
  /** Sorted by key. Kept keys are not listed. */
  changes: {
    key: string
    action: 'upload' | 'update' | 'headers' | 'delete'
    reason: string
    bytes: number
  }[]
  notices: string[]
  /** Why the publish would be refused. */
  refused?: { code: string; message: string; hint?: string }
}

/** An app in dev: `/__distill/` shows it. */
export interface DevReport {
  version: 1
  kind: 'dev'
  base: string
  routes: DevRoute[]
  /** Sorted by URL. */
  pages: DevPage[]
  /** Those of the option `redirects`, with `base`. */
  redirects: { from: string; to: string; status: number }[]
  /** What loading the app, `distillParams` and the options say that is wrong. */
  errors: DevError[]
  notices: string[]
  warnings: string[]
}

export interface DevRoute {
  /** In h3's syntax: `/posts/:slug`. */
  route: string
  /** What becomes of it: it is distilled, its pages are found by links, it is not distilled, or listing its pages failed. */
  state: 'distilled' | 'linked' | 'not distilled' | 'failed'
  /** Why: `` has no `distillParams` ``. */
  why: string
  /** How many pages it has. */
  pages: number
}

interface DevPage {
  /** With `base`, percent-encoded. */
  url: string
  /** The file that it becomes. */
  key: string
  /** An index of `routes`. */
  route: number
  params?: Record<string, string>
}

export interface DevError {
  code: string
  message: string
  hint?: string
  stack?: string
  /** The pattern of the route, if it is the error of one. */
  route?: string
}
