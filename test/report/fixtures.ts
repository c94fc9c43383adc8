import type { BuildReport, DevReport, ReportFile, ReportPlan } from '../../src/report/data.ts'

/** Numbers from 0 to 1 that look random and are the same in each run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const sections = ['posts', 'docs', 'products', 'tags', 'authors']
const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'public, max-age=300' }

/** A site of about `count` files: mostly pages, rendered by four threads, each with two pages at a time. */
function createFiles(count: number): ReportFile[] {
  const random = createRandom(7)
  const clock = new Float64Array(8)
  const pages = Array.from(
    { length: Math.max(0, count - Math.min(40, count >> 2)) },
    (_, index): ReportFile => {
      const section = sections[Math.floor(random() ** 2 * sections.length)]!
      const slug = `${section}/${String(index).padStart(6, '0')}`
      const change = random() < 0.02 ? 'new' : random() < 0.05 ? 'changed' : 'unchanged'
      const isKept = change === 'unchanged' && random() < 0.3
      const slot = index % 8
      const ms = Math.round((2 + random() * 8 + (random() < 0.002 ? 400 : 0)) * 10) / 10
      const at = clock[slot]!
      if (!isKept) clock[slot]! += ms + random()
      return {
        key: `${slug}/index.html`,
        url: `/${slug}/`,
        kind: 'page',
        size: Math.round(2000 + random() ** 6 * 90_000),
        status: 200,
        headers,
        route: `/${section}/:slug`,
        change,
        action: isKept ? 'kept' : 'rendered',
        reason: isKept
          ? 'its cache key is the same'
          : change === 'new'
            ? 'the last build has no record of it'
            : 'its cache key changed',
        ...(!isKept && { ms, at: Math.round(at * 10) / 10, thread: slot >> 1 }),
        ...(random() < 0.004 && { warnings: ['It has no `<title>`.'] }),
      }
    },
  )
  const assets = Array.from({ length: count - pages.length }, (_, index): ReportFile => {
    const extension = ['js', 'css', 'woff2', 'webp'][index % 4]!
    const type = { js: 'text/javascript', css: 'text/css', woff2: 'font/woff2', webp: 'image/webp' }[
      extension
    ]!
    const key = `assets/${extension}/part-${String(index).padStart(3, '0')}-Bx8dk2.${extension}`
    return {
      key,
      url: `/${key}`,
      kind: 'asset',
      hashed: true,
      size: Math.round(1000 + random() ** 3 * 400_000),
      headers: { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' },
      change: random() < 0.2 ? 'changed' : 'unchanged',
    }
  })
  const files = [...pages, ...assets].sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const file of files)
    if (file.kind === 'page')
      file.links = [...new Set(Array.from({ length: 5 }, () => Math.floor(random() * files.length)))]
  return files
}

/** A build of a site of `count` files. */
export function createBuildReport(count: number, changes: Partial<BuildReport> = {}): BuildReport {
  const files = createFiles(count)
  const of = (change: ReportFile['change']) => files.filter((file) => file.change === change).length
  const pages = files.filter(({ kind }) => kind === 'page')
  const renderMs = pages.reduce((end, { at = 0, ms = 0 }) => Math.max(end, at + ms), 0)
  const removed = Array.from({ length: count >> 7 }, (_, index) => `posts/removed-${index}/index.html`)
  return {
    version: 1,
    kind: 'build',
    siteId: 'f3b0c442',
    base: '/',
    origin: 'https://www.example.com',
    createdAt: '2026-03-14T09:26:53.000Z',
    outDir: 'dist/static',
    ms: renderMs + 2150,
    renderMs,
    threads: 4,
    counts: {
      pages: pages.length,
      assets: files.length - pages.length,
      redirects: 0,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
    },
    changes: { new: of('new'), changed: of('changed'), unchanged: of('unchanged'), removed: removed.length },
    files,
    removed,
    links: {
      count: 5 * pages.length,
      broken: [
        {
          url: '/posts/mispelt/',
          problem: 'missing',
          level: 'error',
          meant: '/posts/misspelt/',
          referrers: pages.slice(0, 240).map(({ key }) => key),
        },
        {
          url: '/docs/setup/#windows',
          problem: 'fragment',
          level: 'warn',
          referrers: pages.slice(3, 5).map(({ key }) => key),
        },
        {
          url: '/account/',
          problem: 'missing',
          level: 'warn',
          app: { route: '/account', why: 'not distilled' },
          referrers: pages.slice(0, 1).map(({ key }) => key),
        },
      ],
      redirected: [
        {
          url: '/blog',
          instead: '/posts/',
          why: 'redirect',
          referrers: pages.slice(0, 12).map(({ key }) => key),
        },
      ],
      unlinked: pages.slice(20, 24).map(({ key }) => key),
    },
    notices: ['no page links to 4 pages of the site'],
    warnings: ['`/docs/000012/` has two elements with the id `intro`'],
    ...changes,
  }
}

/** What publishing the first hundred files of a build would do. */
export const createPlan = ({ files, removed }: BuildReport): ReportPlan => {
  const uploads = files.slice(0, 100).map(({ key, size }, index) => {
    const action = (['upload', 'update', 'headers'] as const)[index % 3]!
    const reason = { upload: 'new', update: 'content', headers: 'headers' }[action]
    return { key, action, reason, bytes: action === 'headers' ? 0 : size }
  })
  const deletes = removed
    .slice(0, 20)
    .map((key) => ({ key, action: 'delete' as const, reason: 'orphan', bytes: 0 }))
  const count = (action: string) => uploads.filter((change) => change.action === action).length
  return {
    target: 's3-prod',
    to: 's3://www.example.com/',
    publicUrl: 'https://www.example.com/',
    counts: {
      upload: count('upload'),
      update: count('update'),
      headers: count('headers'),
      keep: files.length - uploads.length,
      delete: deletes.length,
    },
    bytes: uploads.reduce((sum, { bytes }) => sum + bytes, 0),
    changes: [...uploads, ...deletes],
    notices: ['`s3-prod` has a lock that expired; publishing takes it over.'],
  }
}

/** What no one expects in a site, and a site may have. */
export const oddFiles: ReportFile[] = [
  {
    key: '<img src=x onerror=alert(1)>/index.html',
    url: '/%3Cimg%20src=x%20onerror=alert(1)%3E/',
    kind: 'page',
    size: 10,
    headers: {},
    change: 'new',
    action: 'rendered',
    route: '/:name',
  },
  {
    key: `${'long/'.repeat(60)}index.html`,
    url: `/${'long/'.repeat(60)}`,
    kind: 'page',
    size: 20,
    headers: { 'x-long': 'y'.repeat(900) },
    change: 'new',
    links: [0, 99],
  },
  {
    key: 'מאמרים/index.html',
    url: '/%D7%9E%D7%90%D7%9E%D7%A8%D7%99%D7%9D/',
    kind: 'page',
    size: 0,
    headers: {},
    change: 'unchanged',
    warnings: ['</script><script>alert(1)</script>'],
  },
  {
    key: 'old',
    url: '/old',
    kind: 'redirect',
    size: 0,
    headers: {},
    change: 'changed',
    redirect: { to: 'javascript:alert(1)', status: 301 },
  },
]

/** An app in dev with `count` posts. */
export function createDevReport(count: number, changes: Partial<DevReport> = {}): DevReport {
  return {
    version: 1,
    kind: 'dev',
    base: '/',
    routes: [
      { route: '/', state: 'distilled', why: 'exports `distill`', pages: 1 },
      { route: '/posts/:slug', state: 'distilled', why: 'exports `distillParams`', pages: count },
      { route: '/tags/:tag', state: 'linked', why: "exports `distill = 'linked'`", pages: 0 },
      { route: '/account', state: 'not distilled', why: 'exports no `distillParams`', pages: 0 },
      { route: '/broken/:id', state: 'failed', why: '`distillParams` throws an error', pages: 0 },
    ],
    pages: [
      { url: '/', key: 'index.html', route: 0 },
      ...Array.from({ length: count }, (_, index) => {
        const slug = `post-${String(index).padStart(6, '0')}`
        return { url: `/posts/${slug}/`, key: `posts/${slug}/index.html`, route: 1, params: { slug } }
      }),
    ],
    redirects: [{ from: '/blog', to: '/posts/', status: 301 }],
    errors: [
      {
        code: 'PARAMS_FAILED',
        message: '`distillParams` of `/broken/:id` throws: cannot read the database',
        hint: 'Start the database.',
        stack: 'Error: cannot read the database\n    at distillParams (/src/routes/broken/[id].ts:4:9)',
        route: '/broken/:id',
      },
    ],
    notices: [],
    warnings: ['`/tags/:tag` has no pages yet.'],
    ...changes,
  }
}
