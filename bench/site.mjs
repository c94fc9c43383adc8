// The site that every tool publishes, built by vite-distill, and its editions.
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { run } from './measure.mjs'
import { app, cli, node, vite } from './paths.mjs'

const dist = join(app, 'dist/files')
/** The folder of the finished site. */
export const site = join(dist, 'static')

/** @param publicDir A folder whose files are copied into the site as they are */
export async function buildSite(files, { edition = 0, publicDir } = {}) {
  const env = { BENCH_KIND: 'files', BENCH_FILES: String(files), BENCH_EDITION: String(edition) }
  if (publicDir) env.BENCH_PUBLIC = publicDir
  if (edition > 0) await run(node, [cli, 'render', '--quiet'], { cwd: app, env })
  else {
    rmSync(dist, { recursive: true, force: true })
    await run(node, [vite, 'build'], { cwd: app, env })
  }
}

let edition = 0

/**
 * Makes the change of a phase before it is published: `first`, `unchanged`, `20 changed` or `all touched`.
 * @param own The folder that the tool publishes: the site, or a copy of it
 */
export async function change(phase, own, files) {
  if (phase === 'first' && own !== site) {
    rmSync(own, { recursive: true, force: true })
    cpSync(site, own, { recursive: true, preserveTimestamps: true })
  }
  // Storages round dates to the second, and some tools compare dates.
  if (phase !== 'first') await setTimeout(1100)
  if (phase === '20 changed') {
    await buildSite(files, { edition: ++edition })
    if (own !== site) copyChanged(own)
  }
  if (phase === 'all touched') {
    const now = new Date()
    for (const file of filesIn(own)) utimesSync(file, now, now)
  }
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** The files that are newer than the last copy. */
function copyChanged(to) {
  execFileSync('cp', ['--recursive', '--update', '--no-target-directory', site, to])
}
