import { cp, lstat, mkdir, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { DistillOptions } from '../../../src/options.ts'
import { BuiltSite, type Outcome, differences, readFiles, readSite } from './built-site.ts'
import { type Content, type PageContent, appSource, kinds } from './content.ts'
import { random } from './random.ts'

/** Everything that an edit can reach. */
interface Edited {
  site: BuiltSite<Content>
  /** A whole number from 0 to below n. */
  below: (n: number) => number
  pick: <T>(items: readonly T[]) => T
  /** Pages that were removed. */
  removed: PageContent[]
  /** The page that has changed, and its key has not. */
  lying?: string
  /** A number that was not used so far. */
  next: () => number
  /** The record of an earlier build. */
  oldRecord: () => Promise<string | undefined>
}

/** How the next run is made and judged. */
type Mode = 'build' | 'only' | 'audit'

interface Edit {
  /** How often it is chosen, compared with the others. */
  weight: number
  /** Nothing else is edited with it. */
  alone?: true
  /** @returns How the next run is made. Default: `build` */
  run: (edited: Edited) => Promise<Mode | void> | Mode | void
}

const newPage = ({ pick, next }: Edited): PageContent => ({
  route: pick(kinds),
  slug: `p${next()}`,
  text: next(),
  salt: 0,
  headers: {},
})

const pageOf = ({ site, pick }: Edited, ...routes: PageContent['route'][]): PageContent =>
  pick(site.content.pages.filter(({ route }) => routes.length === 0 || routes.includes(route)))

/** Changes a field of a page, or removes it. */
const set =
  <Name extends keyof PageContent>(name: Name, ...values: PageContent[Name][]): Edit['run'] =>
  (edited) => {
    const page = pageOf(edited)
    page[name] = edited.pick(values.filter((value) => value !== page[name]))
  }

const option =
  (change: (options: DistillOptions, edited: Edited) => void): Edit['run'] =>
  (edited) => {
    edited.site.options = { ...edited.site.options }
    change(edited.site.options, edited)
  }

/** A file of the site: of a page, an asset or the sitemap. */
async function fileOf({ site, pick }: Edited): Promise<string> {
  const entries = await readdir(site.outDir, { recursive: true, withFileTypes: true })
  const { parentPath, name } = pick(entries.filter((entry) => entry.isFile()))
  return join(parentPath, name)
}

const record = ({ site }: Edited) => `${site.outDir}.cache.jsonl`
const manifest = ({ site }: Edited) => `${site.outDir}.manifest.jsonl`

async function renderFile(edited: Edited, page: PageContent): Promise<void> {
  const { site, pick } = edited
  await site.save()
  const { route, slug, extra } = page
  const own = { slug, ...(extra ? { extra } : {}) }
  const writing =
    route === 'docs'
      ? site.renderFile('/:lang/docs/:slug', { ...own, lang: pick(site.options.languages!) })
      : site.renderFile(`/${route}/:slug`, own)
  // It may not fit into the site that is there, whose options were others.
  await writing.catch((error: { code?: string }) => expect(error).toHaveProperty('code'))
}

/** Kills a build after a change of content: of the rest of the edit, the next build has to do everything. */
async function kill(edited: Edited, env: Record<string, string>): Promise<void> {
  const { site, next } = edited
  // A function cannot be told to another process.
  if (site.options.transform) return
  for (let i = 0; i < 3; i++) pageOf(edited).text = next()
  await site.save()
  await site.distillKilled(env)
}

/** Every kind of edit, by name. */
const edits: Record<string, Edit> = {
  nothing: { weight: 2, run() {} },
  text: {
    weight: 6,
    run(edited) {
      for (let i = edited.below(5); i >= 0; i--) pageOf(edited).text = edited.next()
    },
  },
  salt: { weight: 3, run: (edited) => void (pageOf(edited).salt = edited.next()) },
  added: { weight: 3, run: (edited) => void edited.site.content.pages.push(newPage(edited)) },
  removed: {
    weight: 3,
    run(edited) {
      const { pages } = edited.site.content
      edited.removed.push(...pages.splice(edited.below(pages.length), 1))
    },
  },
  'back again': {
    weight: 3,
    run(edited) {
      edited.site.content.pages.push(...edited.removed.splice(edited.below(edited.removed.length), 1))
    },
  },
  renamed: { weight: 2, run: (edited) => void (pageOf(edited).slug = `p${edited.next()}`) },
  'to another route': { weight: 2, run: (edited) => void (pageOf(edited).route = edited.pick(kinds)) },
  order: {
    weight: 1,
    run: ({ site, below }) => void site.content.pages.sort((a, b) => a.text - b.text || below(3) - 1),
  },
  'files swapped': {
    weight: 3,
    run(edited) {
      const [a, b] = [pageOf(edited, 'notes'), pageOf(edited, 'notes')]
      const fileOf = ({ file, slug }: PageContent) => file ?? `notes/${slug}.html`
      ;[a.file, b.file] = [fileOf(b), fileOf(a)]
    },
  },
  'slugs swapped': {
    weight: 2,
    run(edited) {
      const [a, b] = [pageOf(edited, 'posts'), pageOf(edited, 'posts')]
      ;[a.slug, b.slug] = [b.slug, a.slug]
    },
  },
  param: { weight: 2, run: set('extra', undefined, 'one', 'two') },
  lastmod: { weight: 2, run: set('lastmod', undefined, '2026-01-01', '2026-01-02T12:00:00Z') },
  priority: { weight: 2, run: set('priority', undefined, 0, 0.5) },
  status: { weight: 2, run: set('status', undefined, 404) },
  redirect: {
    weight: 2,
    run(edited) {
      const page = pageOf(edited)
      page.status = 301
      page.to = edited.pick(['/', 'https://b.example/', `/notes/${pageOf(edited, 'notes').slug}.html`])
      // A chain of redirects draws a warning.
      if (edited.below(2) === 0) Object.assign(pageOf(edited), { status: 301, to: `/posts/${page.slug}` })
    },
  },
  headers: {
    weight: 3,
    run: set(
      'headers',
      {},
      { 'cache-control': 'max-age=5' },
      { 'cache-control': 'private' },
      { 'x-robots-tag': 'noindex' },
      { 'content-language': 'fr' },
      { 'content-type': 'text/plain' },
      { 'set-cookie': 'a=b' },
    ),
  },
  noindex: { weight: 2, run: set('noindex', undefined, true) },
  doctype: { weight: 2, run: set('withoutDoctype', undefined, true) },
  empty: { weight: 1, run: set('empty', undefined, true) },
  size: { weight: 1, run: set('size', 0, 10, 2_500_000) },
  menu: {
    weight: 2,
    run({ site, pick, next }) {
      site.content.menus[pick(Object.keys(site.content.menus))] = next()
    },
  },
  'accepted status': {
    weight: 1,
    run: ({ site, pick }) => void (site.content.accepted = pick([[200], [200, 301], [200, 301, 404]])),
  },
  fails: { weight: 1, run: (edited) => void (pageOf(edited).fails = true) },
  code: { weight: 1, run: ({ site, next }) => void (site.source = appSource(next())) },
  'code back': { weight: 1, run: ({ site }) => void (site.source = appSource(1)) },
  layout: { weight: 1, run: option((to, { pick }) => (to.layout = pick(['directory', 'file', 'exact']))) },
  languages: {
    weight: 1,
    run: option((to, { pick }) => (to.languages = pick([['en'], ['en', 'fr'], ['en', 'fr', 'pt-BR']]))),
  },
  origin: {
    weight: 1,
    run: option((to, { pick }) => (to.origin = pick(['https://a.example', 'https://c.example']))),
  },
  base: { weight: 1, run: ({ site, pick }) => void (site.base = pick(['/', '/docs/'])) },
  workers: { weight: 2, run: option((to, { pick }) => (to.workers = pick([1, 2]))) },
  transform: {
    weight: 2,
    run: option((to) => {
      if (to.transform) delete to.transform
      else
        to.transform = ({ text, url }) =>
          /text \d*5/.test(text())
            ? null
            : { body: `${text()}<!-- ${url} -->`, headers: { 'cache-control': 'no-cache' } }
    }),
  },
  'a lost file': { weight: 2, run: async (edited) => rm(await fileOf(edited)) },
  'a damaged file': {
    weight: 2,
    async run(edited) {
      const path = await fileOf(edited)
      const bytes = await readFile(path)
      if (bytes.byteLength > 0) bytes[edited.below(bytes.byteLength)]! ^= 1
      await writeFile(path, bytes)
    },
  },
  'a file cut short': {
    weight: 1,
    async run(edited) {
      const path = await fileOf(edited)
      await truncate(path, edited.below((await lstat(path)).size + 1))
    },
  },
  'a link instead of a file': {
    weight: 1,
    async run(edited) {
      const path = await fileOf(edited)
      const elsewhere = join(edited.site.dir, `linked-${edited.next()}`)
      await cp(path, elsewhere)
      await rm(path)
      await symlink(elsewhere, path)
    },
  },
  'a folder instead of a file': {
    weight: 1,
    async run(edited) {
      const path = await fileOf(edited)
      await rm(path)
      await mkdir(join(path, 'empty'), { recursive: true })
    },
  },
  'renderFile() of an edit': {
    weight: 2,
    async run(edited) {
      const page = pageOf(edited)
      page.text = edited.next()
      await renderFile(edited, page)
    },
  },
  'renderFile() of an edit that is taken back': {
    weight: 2,
    async run(edited) {
      const page = pageOf(edited)
      const { headers } = page
      page.headers = { 'cache-control': 'max-age=77' }
      await renderFile(edited, page)
      page.headers = headers
    },
  },
  'renderFile() of a page that goes': {
    weight: 1,
    async run(edited) {
      const page = pageOf(edited)
      page.text = edited.next()
      await renderFile(edited, page)
      edited.site.content.pages = edited.site.content.pages.filter((other) => other !== page)
      edited.removed.push(page)
    },
  },
  'the record is lost': { weight: 1, run: (edited) => rm(record(edited), { force: true }) },
  'the record is cut short': {
    weight: 1,
    run: async (edited) => truncate(record(edited), edited.below((await lstat(record(edited))).size)),
  },
  'the record is damaged': {
    weight: 1,
    async run(edited) {
      const bytes = await readFile(record(edited))
      bytes[edited.below(bytes.byteLength)]! ^= 1
      await writeFile(record(edited), bytes)
    },
  },
  'the record is of an earlier build': {
    weight: 1,
    async run(edited) {
      const old = await edited.oldRecord()
      if (old !== undefined) await writeFile(record(edited), old)
    },
  },
  'the manifest is damaged': {
    weight: 1,
    alone: true,
    async run(edited) {
      const lines = (await readFile(manifest(edited), 'utf8')).split('\n')
      lines.splice(edited.below(lines.length - 1), 1)
      await writeFile(manifest(edited), lines.join('\n'))
    },
  },
  'the manifest is lost': { weight: 1, alone: true, run: (edited) => rm(manifest(edited)) },
  'killed before the commit': {
    weight: 1,
    run: (edited) => kill(edited, { FAULT: 'renameSync /static.staging/commit.json SIGKILL' }),
  },
  'killed in the commit': {
    weight: 1,
    run: (edited) =>
      kill(edited, {
        FAULT: `renameSync ${edited.pick(['/index.html', '.cache.jsonl', 'static.manifest.jsonl'])} SIGKILL`,
      }),
  },
  'killed while rendering': {
    weight: 1,
    run: (edited) => kill(edited, { KILL: edited.pick(['asked', pageOf(edited, 'plain', 'etag').slug]) }),
  },
  'some pages only': { weight: 4, run: () => 'only' },
  'a lie': {
    weight: 2,
    alone: true,
    run(edited) {
      const page = pageOf(edited, 'posts', 'notes', 'both', 'docs')
      page.lie = edited.next()
      edited.lying = page.slug
      return 'audit'
    },
  },
}

/** What a run of edits did, so that a test can see that it was worth something. */
export interface Summary {
  /** Pages that were kept, of all builds. */
  kept: number
  /** How often each kind of edit was made. */
  edits: Map<string, number>
  /** Why pages were rendered or kept. */
  reasons: Set<string>
}

/**
 * Edits a site of 100 pages at random, and compares it after each edit with one that is rendered from nothing. One
 * machine renders it, or several shards do.
 * @param count How many edits
 */
export async function editAtRandom(seed: number, count: number): Promise<Summary> {
  const next01 = random(seed)
  const below = (n: number) => Math.floor(next01() * n)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!
  let last = 1
  const next = () => ++last
  const content: Content = { pages: [], menus: {}, accepted: [200, 301, 404] }
  const site = await BuiltSite.create(content, appSource(1))
  site.options = { origin: 'https://a.example', sitemap: true, languages: ['en', 'fr'] }
  let oldRecord: string | undefined
  const edited: Edited = { site, below, pick, next, removed: [], oldRecord: async () => oldRecord }
  for (let i = 0; i < 92; i++) content.pages.push(newPage(edited))
  // One of each route more, of which `docs` is one in each language.
  for (const route of kinds) content.pages.push({ ...newPage(edited), route })
  for (const name of [...kinds, 'docs-en', 'docs-fr', 'docs-pt-BR']) content.menus[name] = 1
  await site.save()
  const summary: Summary = { kept: 0, edits: new Map(), reasons: new Set() }
  const log: string[] = []
  const told = () => `seed ${seed}, edits:\n${log.join('\n')}`
  const check = async (mode: Mode, killed = false) => {
    // What a killed build began is finished or discarded, even by a run that fails.
    const before = killed ? undefined : await readFiles(site.outDir)
    const only =
      mode === 'only' ? pick([['posts/*'], ['notes', 'index'], ['*/docs/**'], ['etag/*', 'both']]) : undefined
    const anew = only ? await site.distillCopy(only) : await site.distillAnew()
    const cache = { audit: mode === 'audit' ? 1 : 0 }
    const shards = only ? 0 : pick([0, 0, 0, 1, 2, 3, 4])
    if (shards > 0) log.push(`  in ${shards} shards`)
    const outcome =
      shards > 0 ? await site.distillSharded(shards, { cache }) : await site.distill({ only, cache })
    if (!('result' in outcome) || !('result' in anew.outcome)) {
      return refused(mode, { outcome, anew: anew.outcome, before })
    }
    const { result } = outcome
    summary.kept += result.kept
    for (const { reason } of result.reasons()) summary.reasons.add(reason)
    expect(differences(await readSite(site.outDir), await readSite(anew.outDir)), told()).toEqual([])
    const isOfBoth = (warning: string) => !warning.includes('the last build had')
    expect(result.warnings.filter(isOfBoth), told()).toEqual(anew.outcome.result.warnings.filter(isOfBoth))
    expect(result.links, told()).toEqual(anew.outcome.result.links)
    expect(result.rendered + result.kept, told()).toBe(anew.outcome.result.rendered)
    return true
  }
  /** A run fails for the reason for which one from nothing does, or by the audit, and leaves everything as it was. */
  const refused = async (
    mode: Mode,
    runs: { outcome: Outcome; anew: Outcome; before: Map<string, string> | undefined },
  ) => {
    const { outcome, anew, before } = runs
    log.push(`  → ${JSON.stringify(outcome).slice(0, 300)}`)
    if (mode === 'audit' && 'result' in anew) {
      expect(outcome, told()).toMatchObject({
        code: 'CACHE_STALE',
        message: expect.stringContaining(`/${edited.lying}\``),
      })
    } else expect('result' in outcome || outcome.code, told()).toBe('result' in anew || anew.code)
    if (before) expect(differences(await readFiles(site.outDir), before), told()).toEqual([])
    return false
  }
  try {
    expect(await check('build'), told()).toBe(true)
    const names = Object.keys(edits)
    const total = names.reduce((sum, name) => sum + edits[name]!.weight, 0)
    const choose = (): string => {
      let at = below(total)
      return names.find((name) => (at -= edits[name]!.weight) < 0)!
    }
    for (let i = 0; i < count; i++) {
      const chosen = [choose()]
      while (!edits[chosen[0]!]!.alone && below(3) === 0) {
        const more = choose()
        if (!edits[more]!.alone) chosen.push(more)
      }
      log.push(`${i}: ${chosen.join(', ')}`)
      const { options, source, base } = site
      const [kept, removed] = structuredClone([site.content, edited.removed] as const)
      let mode: Mode = 'build'
      for (const name of chosen) {
        summary.edits.set(name, (summary.edits.get(name) ?? 0) + 1)
        mode = (await edits[name]!.run(edited)) ?? mode
      }
      await site.save()
      if (
        await check(
          mode,
          chosen.some((name) => name.startsWith('killed')),
        )
      ) {
        if (below(5) === 0) oldRecord = await readFile(record(edited), 'utf8')
        continue
      }
      Object.assign(site, { options, source, base, content: kept })
      edited.removed = removed
      await site.save()
    }
    return summary
  } finally {
    await site.remove()
  }
}
