import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, cleanEnv, copyPlayground, createApp, repository, serverEntry } from '../app.ts'

/** Whether an engine can run here. CI sets `VITE_DISTILL_ENGINES=required` and fails without one. */
export function isHere(engine: string, missing: string[]): boolean {
  if (missing.length === 0) return true
  const message = `${engine} needs ${missing.join(' and ')}.`
  if (process.env.VITE_DISTILL_ENGINES === 'required') throw new Error(message)
  console.warn(`${message} Its tests are skipped.`)
  return false
}

/** Those of some programs that are not installed. */
export const missingPrograms = (programs: string[]): string[] =>
  programs.filter((program) => spawnSync(program, ['--version']).error !== undefined)

/** A pipeline that ran. */
export interface Run {
  exitCode: number | undefined
  output: string
  /** What `merge` printed. */
  merge: string
}

/** What the pipelines set on each machine. */
export const env = { TZ: 'UTC', LANG: 'C.UTF-8' }

/** The environment that an app's pipeline starts in: it sets `TZ` and `LANG` itself. */
export const outside = (app: App): NodeJS.ProcessEnv => ({
  ...cleanEnv(),
  PATH: app.env.PATH ?? process.env.PATH,
})

/** A copy of the blog for a pipeline. */
export async function blog(): Promise<App> {
  return withCommand(await copyPlayground('blog'))
}

/**
 * An app for a pipeline: a home page with a link to each of twelve pages, whose texts are in `pages.json`. A page is
 * kept if its text is the same, and fails if that begins with "Error".
 */
export async function twelvePages(): Promise<App> {
  const app = await withCommand(
    await createApp({
      'pages.json': texts({}),
      'src/entry-server.ts': serverEntry(
        `'/': { distillCacheKey: 'v1', distill: true, default: () => page(slugs.map((slug) => \`<a href="/\${slug}/">\${slug}</a>\`).join('')) },
        '/:slug': {
          distillParams: () => slugs.map((slug) => keyed({ slug }, { cacheKey: texts[slug] })),
          default: ({ context: { params: { slug } } }) => {
            if (texts[slug].startsWith('Error')) throw new Error(texts[slug])
            return page(texts[slug])
          },
        },`,
        `import { readFileSync } from 'node:fs'
        import { page as keyed } from 'vite-distill/app'
        const texts = JSON.parse(readFileSync('pages.json', 'utf8'))
        const slugs = Object.keys(texts)`,
      ),
    }),
  )
  // npm's own takes most of a second to find the command. The pipelines of the blog run it.
  const bin = join(app.dir, 'node_modules/.bin')
  await writeFile(join(bin, 'npx'), '#!/bin/sh\nexec node_modules/.bin/"$@"\n', { mode: 0o755 })
  app.env = { ...env, PATH: `${bin}:${process.env.PATH}` }
  return app
}

/** Pages that fail, each in another way: failures that are alike are told as one. */
export const failing = { b: 'Error: no milk', e: 'Error: too salty', i: 'Error: burnt' }

/** The content of `pages.json`: twelve texts, some of them other than usual. */
export function texts(edits: Record<string, string>): string {
  const slugs = [...'abcdefghijkl']
  return JSON.stringify({
    ...Object.fromEntries(slugs.map((slug) => [slug, `the text of ${slug}`])),
    ...edits,
  })
}

/** Gives an app the command, so that `npx vite-distill` finds it there and does not ask npm. */
async function withCommand(app: App): Promise<App> {
  const bin = join(app.dir, 'node_modules/.bin')
  await mkdir(bin)
  await symlink(join(repository, 'dist/cli/index.js'), join(bin, 'vite-distill'))
  app.env = env
  return app
}

/**
 * A site, as what two of them are compared by: the hash of each file, and the manifest without its time.
 * @param at the folder that `dist/` is in
 */
export async function siteOf(app: App, at = '.'): Promise<Record<string, string>> {
  const manifest = await app.read(join(at, 'dist/static.manifest.jsonl'))
  const site: Record<string, string> = { manifest: manifest.replace(/"createdAt":"[^"]+"/, '') }
  for (const file of await app.files(join(at, 'dist/static'))) {
    const bytes = await readFile(join(app.dir, at, 'dist/static', file))
    site[file] = createHash('sha256').update(bytes).digest('hex')
  }
  return site
}
