// The first table of `render` on Node 24, with the peers that do not run on Node 20.
import { execFileSync } from 'node:child_process'
import { measure } from './measure.mjs'
import { build, tools, whole } from './render.mjs'

export async function render24({ rounds, pages, slowRounds, wanted }) {
  // The path of the binary, so that no tool is measured with npx.
  const node = output('npx', ['-y', '-p', 'node@24', 'node', '-p', 'process.execPath'])
  const site = { pages, node }
  await build(site)
  const slow = [
    whole('SvelteKit, adapter-static', 'sveltekit/site', site, ['vite', 'build']),
    whole('Astro', 'astro', site, ['astro', 'build', '--silent']),
  ]
  const entries = [...tools(site), ...slow.map((entry) => ({ ...entry, rounds: slowRounds }))]
  return { pages, node: output(node, ['--version']), entries: await measure(entries.filter(wanted), rounds) }
}

const output = (command, args) => execFileSync(command, args, { encoding: 'utf8' }).trim()
